/** Special hours for tests. */
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import type { SpecialHoursInput } from '../generated.ts';

/** An entry without a name; ranges as ['08:00', '12:00']. */
export const special = (from: string, to: string, ...ranges: [string, string][]): SpecialHoursInput => ({
  from: Temporal.PlainDate.from(from),
  to: Temporal.PlainDate.from(to),
  ranges: ranges.map(([start, end]) => ({ start: localTime(start), end: localTime(end) })),
});
