/** Writes what becomes of a series' own row: its rule follows its occurrences, and a part of it becomes a series of its own. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { Temporal } from 'temporal-polyfill';
import { localOf } from '../../scheduling/recurrence.ts';
import { isFinal } from '../status.ts';
import { insertSeries } from '../store.ts';
import { ruleStartOf, type Move } from './movedOccurrences.ts';
import { countBefore, movedRule, ruleIn, type SeriesRule } from './seriesRule.ts';
import { changePrevious, changeSeries } from './seriesStore.ts';

const HOURS_A_DAY = 24;

export type SeriesChange = {
  series: SeriesRow;
  /** null: the times stay. */
  move: Move | null;
  zone: string;
  clientId: string | undefined;
  now: Temporal.Instant;
};

/**
 * The last start by the rule of what stays in the old series: before the named occurrence by the rule, or, if that was moved to a later
 * time, before it as it is now. Undefined if nothing would remain.
 */
export function lastStartBefore(
  named: BookingRow,
  all: readonly BookingRow[],
  changing: readonly BookingRow[],
): Temporal.Instant | undefined {
  const leaving = new Set(changing.map(({ id }) => id));
  const isEarlier = (row: BookingRow) =>
    Temporal.Instant.compare(ruleStartOf(row), ruleStartOf(named)) < 0 ||
    (!isFinal(row.status) && Temporal.Instant.compare(row.startTime, named.startTime) < 0);
  return all
    .filter((row) => !leaving.has(row.id) && isEarlier(row))
    .map(ruleStartOf)
    .toSorted(Temporal.Instant.compare)
    .at(-1);
}

/** The rule by the new starts. */
function ruleAfter(
  { series, move, zone }: SeriesChange,
  next: readonly BookingRow[],
  named: BookingRow,
): Partial<SeriesRule> {
  if (!move) return {};
  const last = next.map(ruleStartOf).toSorted(Temporal.Instant.compare).at(-1)!;
  return movedRule(series, move, { named: localOf(ruleStartOf(named), zone), last });
}

/** `next`: the occurrences as they will be, `named` among them. */
export const followOccurrences = (
  tx: Tx,
  change: SeriesChange,
  next: readonly BookingRow[],
  named: BookingRow,
): Promise<SeriesRow> => {
  const client = change.clientId === undefined ? {} : { clientId: change.clientId };
  const changes = { ...ruleAfter(change, next, named), ...client };
  return changeSeries(tenantOfRow(change.series), tx, change.series, changes);
};

/** Ends the series before the named occurrence; returns the new one, with the id that `next` already have. */
export async function splitSeries(
  tx: Tx,
  change: SeriesChange,
  what: {
    id: string;
    next: readonly BookingRow[];
    before: BookingRow;
    named: BookingRow;
    last: Temporal.Instant;
  },
): Promise<SeriesRow> {
  const { series, zone, now, clientId } = change;
  const { id, next, before, named, last } = what;
  const tenantId = tenantOfRow(series);
  const isAfterLast = Temporal.Instant.compare(last, ruleStartOf(before)) < 0;
  const end = isAfterLast ? ruleStartOf(before) : last.add({ hours: HOURS_A_DAY });
  const count = series.count === null ? null : countBefore(series, end, zone);
  const { tenantId: _, ...copied } = series;
  const made = await insertSeries(tenantId, tx, {
    ...copied,
    ...ruleIn(series, zone),
    ...ruleAfter(change, next, named),
    id,
    clientId: clientId ?? series.clientId,
    timezone: zone,
    localStart: localOf(ruleStartOf(named), zone),
    count: count === null ? null : Math.max(1, series.count! - count),
    previousId: series.id,
    createdAt: now,
  });
  await changePrevious(tenantId, tx, { from: series.id, to: id });
  await changeSeries(tenantId, tx, series, count === null ? { endDate: last } : { count });
  return made;
}
