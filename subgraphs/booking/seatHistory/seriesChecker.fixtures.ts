/** Whether the series of a seat history are whole: no occurrence is lost, doubled, or elsewhere than its series' rule says. */
import { groupBy } from '@libs/db/groupBy';
import type postgres from 'postgres';
import { apply, emptyReplay, type Announced, type Transaction } from './replay.fixtures.ts';
import type { SeatHistory, SeatOperation } from './seatHistory.fixtures.ts';

const DAY_MS = 86_400_000;
/** São Paulo has not changed its clock since 2019. */
const OFFSET_MS = -3 * 3_600_000;

type Series = { id: string; previousId: string | null; timeMs: number };
type Occurrence = {
  id: string;
  seriesId: string;
  status: string;
  start: number;
  end: number;
  original: number;
  isException: boolean;
  resources: string;
};

export async function seriesViolations(
  sql: postgres.Sql,
  transactions: readonly Transaction[],
  history: SeatHistory,
): Promise<string[]> {
  const ms = (column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`);
  const series = await sql<Series[]>`
    select id, previous_id as "previousId", (extract(epoch from local_start::time) * 1000)::float8 as "timeMs" from booking_series`;
  const occurrences = await sql<Occurrence[]>`
    select id, series_id as "seriesId", status, ${ms('start_time')} as start, ${ms('end_time')} as "end",
           ${ms('original_start')} as original, is_exception as "isException",
           resource_id || coalesce((select string_agg(one ->> 'resourceId', ' ' order by one ->> 'resourceId')
             from jsonb_array_elements(additional_resources) as one), '') as resources
    from bookings where series_id is not null`;
  return [
    ...linkViolations(series),
    ...ruleViolations(series, occurrences),
    ...memberViolations(series, occurrences, history),
    ...editViolations(transactions, occurrences, history),
  ];
}

/** Each part of a split series continues one other, in a chain. */
function linkViolations(series: readonly Series[]): string[] {
  const violations: string[] = [];
  for (const [previousId, parts] of groupBy(series, (one) => one.previousId)) {
    if (previousId !== null && parts.length > 1) violations.push(`series ${previousId} is continued twice`);
  }
  for (const { id } of series)
    if (rootOf(series, id) === undefined) violations.push(`series ${id} has no beginning`);
  return violations;
}

/** The first part; undefined if the chain leads nowhere. */
function rootOf(series: readonly Series[], id: string): string | undefined {
  const seen = new Set<string>();
  for (let at: string = id; !seen.has(at);) {
    seen.add(at);
    const one = series.find((other) => other.id === at);
    if (!one) return undefined;
    if (one.previousId === null) return at;
    at = one.previousId;
  }
  return undefined;
}

/** Occurrences that were not moved individually are where the rule puts them, each at a place of its own, and alike. */
function ruleViolations(series: readonly Series[], occurrences: readonly Occurrence[]): string[] {
  const violations: string[] = [];
  const current = occurrences.filter(({ status }) => status === 'CONFIRMED');
  const timeOf = new Map(series.map(({ id, timeMs }) => [id, timeMs]));
  for (const [seriesId, own] of groupBy(current, (one) => one.seriesId)) {
    if (new Set(own.map(({ original }) => original)).size < own.length)
      violations.push(`series ${seriesId} has two occurrences at one place`);
    const regular = own.filter(({ isException }) => !isException);
    for (const { id, start, original } of regular) {
      if (start !== original) violations.push(`occurrence ${id} is not where its series puts it`);
      if ((start + OFFSET_MS) % DAY_MS !== timeOf.get(seriesId))
        violations.push(`occurrence ${id} is at another time of day than its series`);
    }
    const shapes = new Set(regular.map(({ start, end, resources }) => `${end - start} ${resources}`));
    if (shapes.size > 1) violations.push(`series ${seriesId} has occurrences that are not alike`);
  }
  return violations;
}

/** Exactly those that were answered, each in the series in which it was made or in a part that was split from it. */
function memberViolations(
  series: readonly Series[],
  occurrences: readonly Occurrence[],
  { operations }: SeatHistory,
): string[] {
  const madeIn = new Map<string, string>();
  for (const { kind, bookings } of operations) {
    if (kind !== 'bookSeries' && kind !== 'extendSeries') continue;
    for (const { id, seriesId } of bookings) madeIn.set(id, seriesId!);
  }
  const stored = new Map(occurrences.map((one) => [one.id, one]));
  const violations: string[] = [];
  for (const [id, seriesId] of madeIn) {
    const now = stored.get(id);
    if (!now) violations.push(`occurrence ${id} is lost`);
    else if (rootOf(series, now.seriesId) !== rootOf(series, seriesId))
      violations.push(`occurrence ${id} is in a series of others`);
  }
  for (const id of stored.keys()) if (!madeIn.has(id)) violations.push(`occurrence ${id} was never made`);
  return violations;
}

/** What each change did to exceptions and cancelled occurrences. */
function editViolations(
  transactions: readonly Transaction[],
  occurrences: readonly Occurrence[],
  { operations }: SeatHistory,
): string[] {
  const byTrace = new Map(operations.map((one) => [one.traceId, one]));
  const originalOf = new Map(occurrences.map(({ id, original }) => [id, original]));
  const replay = emptyReplay();
  return transactions.flatMap((transaction) => {
    const before = new Map(replay.bookings);
    apply(replay, transaction);
    const operation = byTrace.get(transaction.traceId);
    if (operation?.kind === 'extendSeries') return extensionViolations(operation, before, originalOf);
    return operation?.edit ? exceptionViolations(operation, before) : [];
  });
}

function extensionViolations(
  { bookings, series }: SeatOperation,
  before: ReadonlyMap<string, Announced>,
  originalOf: ReadonlyMap<string, number>,
): string[] {
  // Nothing changes an occurrence once it is cancelled.
  const cancelled = [...before.values()]
    .filter(({ seriesId, status }) => seriesId === series?.id && status === 'cancelled')
    .map(({ id }) => originalOf.get(id));
  return bookings
    .filter(({ startTime }) => cancelled.includes(startTime.epochMilliseconds))
    .map(({ id }) => `occurrence ${id} brings a cancelled one back`);
}

function exceptionViolations(
  { bookings, edit }: SeatOperation,
  before: ReadonlyMap<string, Announced>,
): string[] {
  const { namedId, includesExceptions, isSkipping } = edit!;
  return bookings.flatMap((row) => {
    const was = before.get(row.id);
    if (!was?.isException || row.id === namedId) return [];
    if (includesExceptions)
      return row.isException && !isSkipping ? [`exception ${row.id} did not return`] : [];
    const isKept =
      row.startTime.epochMilliseconds === was.start &&
      row.endTime.epochMilliseconds === was.end &&
      row.resourceId === was.resourceIds[0] &&
      row.isException;
    return isKept ? [] : [`exception ${row.id} was moved with its series`];
  });
}
