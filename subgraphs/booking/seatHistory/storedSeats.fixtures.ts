/** Checks that what is stored of seats, holds and several resources fits the contract, whatever the implementation. */
import { groupBy } from '@libs/db/groupBy';
import type postgres from 'postgres';

type Sql = postgres.Sql | postgres.TransactionSql;
type Row = {
  resourceId: string;
  bookingId: string | null;
  holdId: string | null;
  start: number;
  end: number;
  from: number;
  to: number;
  seats: string;
  session: string | null;
};
type Wanted = { id: string; resourceId: string; seats: number; from: number; to: number };

/** Seat numbers; undefined: all. */
const numbersOf = (text: string): number[] | undefined => {
  const ranges = [...text.matchAll(/\[(\d+),(\d*)\)/g)];
  if (ranges.some(([, , to]) => to === '')) return undefined;
  return ranges.flatMap(([, from, to]) =>
    Array.from({ length: Number(to) - Number(from) }, (_, index) => Number(from) + index),
  );
};

const ms = (sql: Sql, column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`);

async function allocationsOf(sql: Sql): Promise<Row[]> {
  const rows = await sql<Row[]>`
    select resource_id as "resourceId", booking_id as "bookingId", hold_id as "holdId", seats::text as seats, session,
           ${ms(sql, 'lower(occupied)')} as start, ${ms(sql, 'upper(occupied)')} as "end",
           ${ms(sql, 'start_time')} as "from", ${ms(sql, 'end_time')} as "to"
    from allocations`;
  return [...rows];
}

/** What every occupying booking and every hold that has not ended wants, from the columns that clients see. */
async function wantedOf(sql: Sql): Promise<Wanted[]> {
  const [from, to] = [ms(sql, 'start_time'), ms(sql, 'end_time')];
  const rows = await sql<Wanted[]>`
    select id, resource_id as "resourceId", seats, ${from} as "from", ${to} as "to" from bookings
    where status in ('PENDING', 'CONFIRMED', 'COMPLETED')
    union all
    select id, (one ->> 'resourceId')::uuid, (one ->> 'seats')::int, ${from}, ${to}
    from bookings, jsonb_array_elements(additional_resources) as one where status in ('PENDING', 'CONFIRMED', 'COMPLETED')
    union all
    select id, (one ->> 'resourceId')::uuid, (one ->> 'seats')::int, ${from}, ${to}
    from holds, jsonb_array_elements(resources) as one where ended_at is null`;
  return [...rows];
}

/**
 * Of one snapshot: a statement whose client gave it up may still take effect. `capacityOf`: the most seats that the resource ever had; undefined
 * if it is booked as a whole.
 */
export async function storedViolations(
  sql: postgres.Sql,
  capacityOf: (resourceId: string) => number | undefined,
): Promise<string[]> {
  const [rows, wanted] = await sql.begin('isolation level repeatable read read only', (tx) =>
    Promise.all([allocationsOf(tx), wantedOf(tx)]),
  );
  const violations: string[] = [];
  const keyOf = (id: string, resourceId: string) => `${id} at ${resourceId}`;
  const byKey = new Map(rows.map((row) => [keyOf((row.bookingId ?? row.holdId)!, row.resourceId), row]));
  if (byKey.size !== rows.length) violations.push('something has two allocations of one resource');
  for (const { id, resourceId, seats, from, to } of wanted) {
    const row = byKey.get(keyOf(id, resourceId));
    byKey.delete(keyOf(id, resourceId));
    if (!row) {
      violations.push(`${id} has no allocation of ${resourceId}`);
      continue;
    }
    const numbers = numbersOf(row.seats);
    if (row.from !== from || row.to !== to) violations.push(`${id} has the allocation of another time`);
    if (row.start > from || row.end < to) violations.push(`${id} does not occupy all of its time`);
    if ((capacityOf(resourceId) === undefined) !== (numbers === undefined))
      violations.push(`${id} has seats of another mode`);
    if (numbers && numbers.length !== seats)
      violations.push(`${id} wants ${seats} seats and has ${numbers.length}`);
  }
  for (const [key, { holdId }] of byKey)
    violations.push(`the ${holdId ? 'hold' : 'booking'} ${key} has an allocation that nobody needs`);
  return [...violations, ...overlapViolations(rows, capacityOf)];
}

function overlapViolations(
  rows: readonly Row[],
  capacityOf: (resourceId: string) => number | undefined,
): string[] {
  const violations: string[] = [];
  const ofResource = groupBy(rows, ({ resourceId }) => resourceId);
  for (const [resourceId, own] of ofResource) {
    for (const [index, one] of own.entries()) {
      const others = own.slice(index + 1).filter((two) => two.start < one.end && one.start < two.end);
      for (const two of others) {
        const [a, b] = [numbersOf(one.seats), numbersOf(two.seats)];
        if (!a || !b || a.some((seat) => b.includes(seat)))
          violations.push(`a seat of ${resourceId} is given twice`);
        if (one.session !== two.session) violations.push(`two sessions of ${resourceId} overlap`);
      }
      // The fullest instant is the start of one of them.
      const taken = own.filter((two) => two.start <= one.start && one.start < two.end);
      const count = taken.reduce((sum, { seats }) => sum + (numbersOf(seats)?.length ?? 0), 0);
      const capacity = capacityOf(resourceId);
      if (capacity !== undefined && count > capacity)
        violations.push(`${resourceId} has ${capacity} seats, and ${count} are taken at once`);
    }
  }
  return violations;
}
