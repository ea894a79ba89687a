/** Whether a seat history is correct. It knows the contract, not the implementation; call it while nobody writes. */
import { overlap, type Span } from '@libs/time/spans';
import type postgres from 'postgres';
import { answerViolations } from './answerChecker.fixtures.ts';
import {
  apply,
  emptyReplay,
  occupantsOf,
  transactionsOf,
  type Announced,
  type Occupant,
  type Replay,
  type Transaction,
} from './replay.fixtures.ts';
import type { SeatHistory } from './seatHistory.fixtures.ts';
import { seriesViolations } from './seriesChecker.fixtures.ts';
import { storedViolations } from './storedSeats.fixtures.ts';

const ALWAYS = { began: 0, ended: Infinity };

/** Empty for a correct history. */
export async function seatViolations(sql: postgres.Sql, history: SeatHistory): Promise<string[]> {
  const transactions = await transactionsOf(sql);
  const replay = emptyReplay();
  const occupied = transactions.flatMap((transaction) => {
    apply(replay, transaction);
    return occupationViolations(replay, transaction, history);
  });
  const { isWhole, maxSeats } = history;
  return [
    ...history.operations.flatMap(({ kind, failure }) => (failure ? [`${kind} failed: ${failure}`] : [])),
    ...replay.violations,
    ...occupied,
    ...(await announcementViolations(sql, replay)),
    ...(await storedViolations(sql, (id) => (isWhole(id) ? undefined : maxSeats(id, ALWAYS)))),
    ...answerViolations(transactions, history),
    ...(await seriesViolations(sql, transactions, history)),
  ];
}

const seatsAt = ({ resourceIds, seats }: Occupant, resourceId: string): number =>
  resourceIds[0] === resourceId ? seats : 1;

/** Whoever gains anything must have found enough seats: of those that the resource had while it was asked for. */
function occupationViolations(
  replay: Replay,
  { traceId }: Transaction,
  { isWhole, isSession, bufferMs, maxSeats, operations }: SeatHistory,
): string[] {
  if (replay.gaining.length === 0) return [];
  const operation = operations.find((one) => one.traceId === traceId);
  if (!operation) return [`nobody asked for what ${traceId} took`];
  const violations: string[] = [];
  const all = occupantsOf(replay);
  for (const one of replay.gaining) {
    for (const resourceId of one.resourceIds) {
      const padded = ({ start, end }: Span) => ({ start, end: end + bufferMs(resourceId) });
      const own = padded(one);
      const others = all.filter(
        (two) => two.id !== one.id && two.resourceIds.includes(resourceId) && overlap(own, padded(two)),
      );
      if (isWhole(resourceId)) {
        for (const two of others) violations.push(`${one.id} and ${two.id} have ${resourceId} at once`);
        continue;
      }
      const isOther = (two: Span) => two.start !== one.start || two.end !== one.end;
      if (isSession(resourceId) && others.some(isOther))
        violations.push(`${one.id} overlaps another session of ${resourceId}`);
      const starts = [own.start, ...others.map(({ start }) => start)].filter(
        (at) => own.start <= at && at < own.end,
      );
      const taken = starts.map((at) =>
        [one, ...others]
          .filter((two) => two.start <= at && at < padded(two).end)
          .reduce((sum, two) => sum + seatsAt(two, resourceId), 0),
      );
      const most = maxSeats(resourceId, operation);
      if (Math.max(...taken) > most)
        violations.push(
          `${one.id} took more of ${resourceId} than the ${most} seats that it had: ${Math.max(...taken)}`,
        );
    }
  }
  return violations;
}

/** Bookings and holds are stored as they were announced. */
async function announcementViolations(sql: postgres.Sql, { bookings, holds }: Replay): Promise<string[]> {
  const ms = (column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`);
  const rows = await sql<Announced[]>`
    select id, false as "isHold", ${ms('start_time')} as start, ${ms('end_time')} as "end", seats,
           array[resource_id::text] || array(select one ->> 'resourceId' from jsonb_array_elements(additional_resources) as one) as "resourceIds",
           lower(status::text) as status, version, series_id as "seriesId", is_exception as "isException"
    from bookings`;
  const shown = (one: Announced | undefined): string =>
    JSON.stringify(one && Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const stored = new Map(rows.map((row) => [row.id, row]));
  const ids = new Set([...stored.keys(), ...bookings.keys()]);
  const open = await sql<{ id: string }[]>`select id from holds where ended_at is null`;
  const openIds = new Set(open.map(({ id }) => id));
  return [
    ...[...ids]
      .filter((id) => shown(stored.get(id)) !== shown(bookings.get(id)))
      .map(
        (id) => `booking ${id} is ${shown(stored.get(id))}, and was announced as ${shown(bookings.get(id))}`,
      ),
    ...[...new Set([...openIds, ...holds.keys()])]
      .filter((id) => !openIds.has(id) || !holds.has(id))
      .map((id) => `hold ${id} has ended without an event, or the other way about`),
  ];
}
