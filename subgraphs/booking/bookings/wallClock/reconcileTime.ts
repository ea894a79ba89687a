import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { isLockTimeout } from '@libs/db/constraints';
import { newTraceId } from '@libs/telemetry/trace';
import type { Clock } from '@libs/time/clock';
import { hasWallClock, knowsZone, unknownWallClock, type ZoneRules } from '../../scheduling/wallClock.ts';
import { assignAll } from '../allocations/assign.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import {
  demandsOfRow,
  clockMoveOf,
  moveToWallClock,
  obstacleOf,
  type ClockMove,
  type Obstacle,
  type SeatsOfResource,
} from './moveToWallClock.ts';
import { nextTenantOfAllTenants, noteWallClocks, upcomingPages } from './wallClockStore.ts';

/** Bookings whose resources are looked up at once. */
const BATCH = 500;

export type TimeDeps = {
  db: Db;
  clock: Clock;
  /** The rules by which bookings are to be moved. */
  rules: ZoneRules;
  /** The tenant's zone; undefined if the tenant does not exist. */
  zoneOf(tenantId: TenantId): Promise<string | undefined>;
  resources(ids: readonly string[]): Promise<ReadonlyMap<string, SeatsOfResource>>;
  /** Whether to write, or only to look. */
  isApplied: boolean;
  /** Reports each booking that was or would be moved, or what is in its way. */
  report(move: ClockMove, obstacle: Obstacle | Busy | undefined): void;
};
/** Others use the resource too much: try again. */
type Busy = { kind: 'busy' };

export type TimeCounts = { upcoming: number; noted: number; moved: number; obstructed: number };

/**
 * Moves the bookings to come to where their wall clocks have them by `rules`, and notes the wall clocks that are unknown. May run while
 * others book, and any number of times.
 */
export async function reconcileTime(deps: TimeDeps): Promise<TimeCounts> {
  const counts: TimeCounts = { upcoming: 0, noted: 0, moved: 0, obstructed: 0 };
  let tenantId = await nextTenantOfAllTenants(deps.db, null);
  while (tenantId !== undefined) {
    const zone = await deps.zoneOf(tenantId);
    if (zone !== undefined) await reconcileTenant(deps, tenantId, zone, counts);
    tenantId = await nextTenantOfAllTenants(deps.db, tenantId);
  }
  return counts;
}

async function reconcileTenant(
  deps: TimeDeps,
  tenantId: TenantId,
  zone: string,
  counts: TimeCounts,
): Promise<void> {
  const { db, clock, rules, isApplied } = deps;
  const moves: ClockMove[] = [];
  const zones = new Map<string, boolean>();
  const isKnownZone = (name: string): boolean => {
    const isKnown = zones.get(name) ?? knowsZone(rules, name);
    zones.set(name, isKnown);
    return isKnown;
  };
  for await (const all of upcomingPages(tenantId, db, clock.now())) {
    const [page, unreadable] = partition(all, ({ row, series }) =>
      [row.timezone ?? zone, series?.timezone ?? row.timezone ?? zone].every(isKnownZone),
    );
    for (const { row } of unreadable) {
      counts.obstructed += 1;
      deps.report({ row, next: row, originalStart: row.originalStart }, { kind: 'unknownZone' });
    }
    const noted = page
      .filter(({ row }) => !hasWallClock(row))
      .map(({ row, series }) => ({
        row,
        wallClock: unknownWallClock(row, zone, row.isException ? undefined : series, rules),
      }));
    counts.upcoming += all.length;
    counts.noted += isApplied ? await noteWallClocks(tenantId, db, noted) : noted.length;
    const wallClocks = new Map(noted.map(({ row, wallClock }) => [row.id, wallClock]));
    moves.push(
      ...page.flatMap(
        ({ row, series }) => clockMoveOf({ ...row, ...wallClocks.get(row.id) }, series, rules) ?? [],
      ),
    );
  }
  const inOrder = orderOf(moves);
  const obstacles = isApplied
    ? await applyMoves(deps, tenantId, inOrder)
    : await foresee(deps, tenantId, inOrder);
  for (const move of inOrder) {
    const obstacle = obstacles.get(move.row.id);
    if (obstacle) counts.obstructed += 1;
    else counts.moved += 1;
    deps.report(move, obstacle);
  }
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  const parts: [T[], T[]] = [[], []];
  for (const one of all) parts[isFirst(one) ? 0 : 1].push(one);
  return parts;
}

/** Those that move later by descending start, the others by ascending: each moves to where the one before it has left. */
function orderOf(moves: readonly ClockMove[]): ClockMove[] {
  const isLater = ({ row, next }: ClockMove) =>
    next.startTime.epochMilliseconds > row.startTime.epochMilliseconds;
  return [...moves.filter((move) => !isLater(move)), ...moves.filter(isLater).toReversed()];
}

type Obstacles = Map<string, Obstacle | Busy>;

/** Again and again while any booking makes way for another. */
async function applyMoves(
  deps: TimeDeps,
  tenantId: TenantId,
  moves: readonly ClockMove[],
): Promise<Obstacles> {
  const { db, clock, rules } = deps;
  const obstacles: Obstacles = new Map();
  let left = moves;
  for (;;) {
    for (let from = 0; from < left.length; from += BATCH) {
      const batch = left.slice(from, from + BATCH);
      const resources = await deps.resources(resourceIdsOfMoves(batch));
      for (const { row } of batch) {
        const ctx = { now: clock.now(), traceId: newTraceId() };
        const obstacle = await unlessBusy(() =>
          moveToWallClock({ db, rules, resources }, tenantId, row.id, ctx),
        );
        if (obstacle) obstacles.set(row.id, obstacle);
        else obstacles.delete(row.id);
      }
    }
    const remaining = left.filter(({ row }) => obstacles.has(row.id));
    if (remaining.length === 0 || remaining.length === left.length) return obstacles;
    left = remaining;
  }
}

async function unlessBusy(work: () => Promise<Obstacle | undefined>): Promise<Obstacle | Busy | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isLockTimeout(error)) return { kind: 'busy' };
    throw error;
  }
}

/** Looks for what is in the way, besides bookings that would move too. */
async function foresee(
  { db, clock, ...deps }: TimeDeps,
  tenantId: TenantId,
  moves: readonly ClockMove[],
): Promise<Obstacles> {
  const obstacles: Obstacles = new Map();
  const movingOf = new Map<string, string[]>();
  for (const { row } of moves) {
    for (const id of resourceIdsOf(row)) movingOf.set(id, [...(movingOf.get(id) ?? []), row.id]);
  }
  for (let from = 0; from < moves.length; from += BATCH) {
    const batch = moves.slice(from, from + BATCH);
    const resources = await deps.resources(resourceIdsOfMoves(batch));
    for (const { row, next } of batch) {
      const demands = demandsOfRow(row, resources);
      const except = resourceIdsOf(row).flatMap((id) => movingOf.get(id)!);
      const options = { now: clock.now(), except, clientId: row.clientId };
      const obstacle: Obstacle | undefined = demands
        ? obstacleOf(await assignAll(tenantId, db, demands, [next], options))
        : { kind: 'unknownResource' };
      if (obstacle) obstacles.set(row.id, obstacle);
    }
  }
  return obstacles;
}

const resourceIdsOfMoves = (moves: readonly ClockMove[]): string[] => [
  ...new Set(moves.flatMap(({ row }) => resourceIdsOf(row))),
];
