/** Time intervals as plain numbers, for hot paths. */

/** Half-open, in epoch milliseconds. */
export type Span = { start: number; end: number };

/** Touching spans do not overlap. */
export function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

export function covers(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The union, as disjoint spans in order that do not touch. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter((s) => s.start < s.end).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** The position of the first of `spans`, which are disjoint and in order, that ends after an instant. */
export function firstEndingAfter(spans: readonly Span[], instant: number): number {
  let low = 0;
  for (let high = spans.length; low < high;) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}
