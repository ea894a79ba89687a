/** Which occurrences of a series are left out, where the caller allows it (the contract's SeriesConflictPolicy). */
import { MAX_BROKEN_RULES, type Occurrence } from '../scheduling/rules.ts';
import type { Refusal, UserErrorCode } from '@libs/outcome/outcome';
import type { OccurrenceVerdict } from './judgeRequest.ts';
import type { ConflictRefusal } from './refusals.ts';

const SKIPPABLE: ReadonlySet<UserErrorCode> = new Set([
  'CONFLICT',
  'CLOSED',
  'RESOURCE_UNAVAILABLE',
  'OUTSIDE_WORKING_HOURS',
]);

export const isSkippable = ({ code }: Refusal): boolean => SKIPPABLE.has(code);

/** At most `max`. Of more, those come first that refuse the request with SKIP as well. */
export const reportedOf = (refusals: readonly Refusal[], max: number, isSkipping: boolean): Refusal[] => {
  const isSorting = isSkipping && refusals.length > max;
  const sorted = isSorting
    ? refusals.toSorted((a, b) => Number(isSkippable(a)) - Number(isSkippable(b)))
    : refusals;
  return sorted.slice(0, max);
};

export type LeftOutOccurrence = Occurrence & { refusals: Refusal[] };

type Verdicts = {
  occurrences: readonly Occurrence[];
  /** Verdicts by the rules; missing ones broke none. */
  byOccurrence: readonly OccurrenceVerdict[];
  conflicts: readonly ConflictRefusal[];
  /** Whether the series leaves out what is refused. */
  isSkipping: boolean;
};

export type Kept = {
  /** Refusals of the whole request. */
  refusals: Refusal[];
  /** Positions of the occurrences that are left. */
  kept: number[];
  skipped: LeftOutOccurrence[];
};

/** With REFUSE, anything refuses all; with SKIP, only what may not be skipped, or if nothing would be left. */
export function withoutRefused({ occurrences, byOccurrence, conflicts, isSkipping }: Verdicts): Kept {
  const broken = byOccurrence.flatMap(({ refusals }) => refusals);
  const all: Kept = {
    refusals: [
      ...reportedOf(broken, MAX_BROKEN_RULES, isSkipping),
      ...conflicts.map(({ refusal }) => refusal),
    ],
    kept: [...occurrences.keys()],
    skipped: [],
  };
  // Judged by all of them, of which only some are reported.
  const isFinal = ![...broken, ...all.refusals].every(isSkippable);
  if (!isSkipping || all.refusals.length === 0 || isFinal) return all;

  const refused = new Map<number, Refusal[]>();
  const add = (position: number, one: Refusal) =>
    refused.set(position, [...(refused.get(position) ?? []), one]);
  for (const [position, { refusals }] of byOccurrence.entries())
    for (const one of refusals) add(position, one);
  for (const conflict of conflicts) {
    for (const position of conflict.occurrences) add(position, conflict.of(position));
  }
  const kept = all.kept.filter((position) => !refused.has(position));
  if (kept.length === 0) return all;
  const skipped = [...refused].map(([position, refusals]) => {
    const { startTime, endTime } = occurrences[position]!;
    return { startTime, endTime, refusals };
  });
  return {
    refusals: [],
    kept,
    skipped: skipped.toSorted((a, b) => a.startTime.epochMilliseconds - b.startTime.epochMilliseconds),
  };
}
