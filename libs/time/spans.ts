/** Stretches of time as numbers, for the places that weigh thousands of them. */

/** From `start` up to but not including `end`, in epoch milliseconds. */
export type Span = { start: number; end: number };

/** Whether two spans share an instant; touching ends share none. */
export function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Whether `inner` lies wholly within `outer`. */
export function covers(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The same instants as disjoint spans, by start: what overlaps or touches becomes one, what is empty is left out. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter((s) => s.start < s.end).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}
