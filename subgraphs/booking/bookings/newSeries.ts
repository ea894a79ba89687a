import type { Temporal } from 'temporal-polyfill';
import { newId } from '@libs/db/ids';
import { toInstant } from '@libs/time/instants';
import type { RecurrenceInput } from '../generated.ts';
import { WEEK_START } from '../scheduling/recurrence.ts';
import type { People } from './judgeRequest.ts';
import type { NewSeries } from './store.ts';

/** The row of a series, from the rule that its occurrences were made by. */
export function newSeries(
  { userId, clientId }: People,
  { frequency, interval, endDate, count, daysOfWeek, exceptDates }: RecurrenceInput,
  of: { localStart: NewSeries['localStart']; timezone: string; now: Temporal.Instant },
): NewSeries {
  return {
    id: newId(),
    userId,
    clientId,
    frequency,
    interval: interval ?? 1,
    endDate: endDate ? toInstant(endDate, of.timezone) : null,
    count: count ?? null,
    daysOfWeek: daysOfWeek?.length ? [...new Set(daysOfWeek)] : null,
    weekStart: WEEK_START,
    exceptDates: exceptDates?.length
      ? [...new Set(exceptDates.map((date) => date.toString()))].toSorted()
      : null,
    timezone: of.timezone,
    localStart: of.localStart,
    previousId: null,
    createdAt: of.now,
  };
}
