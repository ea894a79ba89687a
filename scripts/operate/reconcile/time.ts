/** `npm run reconcile -- time`: moves bookings whose wall-clock time would change under the time zone rules of this Node. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type {
  ClockMove,
  Obstacle,
  SeatsOfResource,
} from '../../../subgraphs/booking/bookings/wallClock/moveToWallClock.ts';
import {
  reconcileTime,
  type TimeCounts,
} from '../../../subgraphs/booking/bookings/wallClock/reconcileTime.ts';
import { NODE_RULES } from '../../../subgraphs/booking/scheduling/wallClock.ts';
import { zoneIfExists } from '../../../subgraphs/tenant/tenants/reads.ts';
import type { Databases } from '../withDatabases.ts';

/** As the booking subgraph would ask the resource subgraph. */
async function seatsOf(db: Db, ids: readonly string[]): Promise<Map<string, SeatsOfResource>> {
  const rows = await db.sql<({ id: string } & SeatsOfResource)[]>`
    select id, booking_mode as "bookingMode", capacity from resources where id = any(${[...ids]}::uuid[])`;
  return new Map(rows.map(({ id, ...seats }) => [id, seats]));
}

const span = (startTime: ClockMove['next']['startTime'], endTime: ClockMove['next']['endTime']): string =>
  `${formatInstant(startTime)}/${formatInstant(endTime)}`;

function textOf(obstacle: Obstacle | { kind: 'busy' }): string {
  switch (obstacle.kind) {
    case 'conflict': {
      const holds = obstacle.holds > 0 ? [`${obstacle.holds} holds`] : [];
      return `not moved, in the way: ${[...obstacle.bookingIds.map((id) => `booking ${id}`), ...holds].join(', ')}`;
    }
    case 'clientInSession':
      return 'not moved: the client has another booking in that class';
    case 'unknownResource':
      return 'not moved: the resource subgraph does not know one of its resources';
    case 'unknownZone':
      return 'not moved: the time zone rules of this Node do not know its zone';
    case 'noTime':
      return 'not moved: its wall-clock times no longer follow each other';
    case 'busy':
      return 'not moved: too many requests for its resource; run this again';
  }
}

/** Prints a line for each booking that moves. */
export async function runTime(
  { tenant, resource, booking }: Databases,
  isApplied: boolean,
): Promise<TimeCounts> {
  console.log(`time zone rules: ${process.versions['tz']} (Node ${process.version})`);
  const counts = await reconcileTime({
    db: booking,
    clock: systemClock,
    rules: NODE_RULES,
    zoneOf: (tenantId: TenantId) => zoneIfExists(tenant, tenantId),
    resources: (ids) => seatsOf(resource, ids),
    isApplied,
    report({ row, next }, obstacle) {
      const from = span(row.startTime, row.endTime);
      const clock = `${row.localStart?.toString().slice(0, 'YYYY-MM-DDTHH:MM'.length)} ${row.timezone}`;
      const what = obstacle ? textOf(obstacle) : isApplied ? 'moved' : 'would move';
      console.log(
        `tenant ${row.tenantId} booking ${row.id} ${clock}: ${from} -> ${span(next.startTime, next.endTime)}: ${what}`,
      );
    },
  });
  const { upcoming, noted, moved, obstructed } = counts;
  console.log(
    `${upcoming} bookings to come: ${noted} wall clocks ${isApplied ? 'noted' : 'unknown'}, ` +
      `${moved} ${isApplied ? 'moved' : 'to move'}, ${obstructed} that cannot be moved`,
  );
  return counts;
}
