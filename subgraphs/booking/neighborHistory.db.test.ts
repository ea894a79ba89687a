/**
 * Resources, categories and users change while many clients book; announcements are lost and owners go away. Then the history is
 * checked against what bookings may know (decision 26). Planted bugs show that the check catches each of them.
 */
import { seededRandom } from '@libs/testing/seededRandom';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import {
  announceDirectoryChange,
  followDirectoryChanges,
  type DirectoryListener,
} from '@libs/directory/directoryChanges';
import { ApiError } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { DAYS_OF_WEEK } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import { afterAll, expect, test } from 'vitest';
import { exampleDirectory, exampleTenant } from './booking.fixtures.ts';
import { createBooking } from './bookings/createBooking.ts';
import { cachedSources, type DirectorySources } from './directory/bookingDirectory.ts';
import { historyViolations, type ClientOperation } from './historyChecker.fixtures.ts';
import {
  neighbors,
  neighborViolations,
  virtualClock,
  type Neighbors,
  type NotedBooking,
  type VirtualClock,
} from './neighbors.fixtures.ts';

const STEPS = process.env['VAGA_SOAK'] ? 30_000 : 3_000;
const STEPS_WITH_A_BUG = 800;
/** A planted bug may need several rounds to show. */
const MAX_ROUNDS = 20;
const CLIENTS = 12;
const RESOURCES = 6;
const USERS = 6;
const DAYS = 600;
const CHANGE_PROBABILITY = 0.05;
const TROUBLE_PROBABILITY = 0.01;
const RETURN_PROBABILITY = 0.015;
/** By the virtual clock, in milliseconds. */
const MAX_PAUSE_BEFORE_STEP = 60;
const SEED = Number(process.env['HISTORY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const HOUR_SECONDS = 3_600;

/** What happens to announcements or owners now and then. */
type Trouble = 'none' | 'pub/sub is cut' | 'owners go away';
type Bug = {
  trouble: Trouble;
  cacheClock?: (clock: VirtualClock) => () => number;
  listener?: (listener: DirectoryListener, clock: VirtualClock) => DirectoryListener;
  sources?: (sources: DirectorySources) => DirectorySources;
};

const database = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const db = connect(database.url, { name: 'neighbor-history', max: 2 * CLIENTS });
const redis = connectRedis(redisUrl, { name: 'neighbor-history', log: silentLog() });
afterAll(async () => {
  redis.disconnect();
  await db.close();
});

async function historyWith(seed: number, steps: number, bug: Bug) {
  const chance = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)]!;
  const clock = virtualClock();
  const directory = exampleDirectory();
  const owners = neighbors(directory, clock, chance);
  const cached = cachedSources(
    bug.sources?.(owners.sources) ?? owners.sources,
    bug.cacheClock?.(clock) ?? clock.nowMs,
  );
  const tenant = exampleTenant(db, { ...directory, ...cached.sources });
  const categories = [newId(), newId()].map((id) => ({ id, isActive: true }));
  const resourceIds = Array.from({ length: RESOURCES }, (_, index) =>
    tenant.resource({ category: categories[index % categories.length]! }),
  );
  const userIds = Array.from({ length: USERS }, () => tenant.user().userId);
  const admin = tenant.administrator();
  const listener = owners.noting(bug.listener?.(cached.listener, clock) ?? cached.listener);
  let following: ReturnType<typeof followDirectoryChanges> | undefined = followDirectoryChanges(
    redis,
    listener,
  );
  const bookings: NotedBooking[] = [];
  const operations: ClientOperation[] = [];

  async function book(): Promise<void> {
    const [resourceId, userId, mark] = [pick(resourceIds), pick(userIds), newId()];
    const hour = 8 + Math.floor(chance() * 10);
    const day = tenant.now.toZonedDateTimeISO('America/Sao_Paulo').startOfDay();
    const start = day.add({ days: 2 + Math.floor(chance() * DAYS), hours: hour });
    const input = {
      resourceId,
      userId,
      startTime: start.toInstant(),
      endTime: start.add({ hours: 1 }).toInstant(),
      notes: mark,
    };
    const local = { start: hour * HOUR_SECONDS, end: (hour + 1) * HOUR_SECONDS };
    const operation: ClientOperation = {
      mark,
      kind: 'create',
      occurrences: 1,
      result: 'crashed',
      bookingIds: [],
    };
    operations.push(operation);
    const beganAtMs = clock.nowMs();
    const note = (result: NotedBooking['result'], codes: readonly string[] = []) =>
      bookings.push({ resourceId, userId, local, beganAtMs, endedAtMs: clock.nowMs(), result, codes });
    try {
      const outcome = await createBooking(tenant.as(admin), input);
      operation.result = outcome.ok ? 'done' : 'refused';
      if (outcome.ok) operation.bookingIds = outcome.value.bookings.map(({ id }) => id);
      note(operation.result, outcome.ok ? [] : outcome.refusals.map(({ code }) => code));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      note('unavailable');
    }
  }

  const isGood = () => chance() < 0.7;
  /** As the owner does: it commits, then announces, then answers. */
  async function change(): Promise<void> {
    const what = chance();
    let id: string;
    if (what < 0.4) {
      const resource = directory.resourceById.get((id = pick(resourceIds)))!;
      const isOther = chance() < 0.5;
      owners.changeResource({
        ...resource,
        isActive: isOther ? isGood() : resource.isActive,
        availabilitySchedule: isOther ? resource.availabilitySchedule : schedules[Math.floor(chance() * 3)]!,
      });
    } else if (what < 0.8) {
      const member = directory.memberById.get((id = pick(userIds)))!;
      owners.changeMember(
        chance() < 0.5
          ? { ...member, isActive: isGood() }
          : { ...member, permissions: { ...member.permissions, canBook: isGood() } },
      );
    } else {
      owners.changeCategory({ id: (id = pick(categories).id), isActive: isGood() });
    }
    await announceDirectoryChange(redis, id);
  }

  async function trouble(): Promise<void> {
    if (bug.trouble === 'owners go away')
      return owners.toggle(owners.away() ?? pick(['resource', 'user'] as const));
    if (bug.trouble === 'none') return;
    const before = following;
    following = before ? undefined : followDirectoryChanges(redis, listener);
    await before?.stop();
  }

  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (steps > 0) {
        steps -= 1;
        clock.advance(chance() * MAX_PAUSE_BEFORE_STEP);
        const what = chance();
        if (what < CHANGE_PROBABILITY) await change();
        else if (what < CHANGE_PROBABILITY + (owners.away() ? RETURN_PROBABILITY : TROUBLE_PROBABILITY))
          await trouble();
        else await book();
      }
    }),
  );
  await following?.stop();
  return { owners, bookings, operations };
}

const range = (start: number, end: number) =>
  DAYS_OF_WEEK.map((day) => ({
    day,
    start: (start * HOUR_SECONDS) as LocalTime,
    end: (end * HOUR_SECONDS) as LocalTime,
  }));
const schedules = [null, range(8, 13), range(12, 18)];

/** Otherwise the history would prove nothing. */
function expectVariety({ changes, answers }: Neighbors, bookings: readonly NotedBooking[], cause: Trouble) {
  for (const code of ['INACTIVE', 'RESOURCE_UNAVAILABLE', 'USER_CANNOT_BOOK'])
    expect(bookings.filter(({ codes }) => codes.includes(code)).length, code).toBeGreaterThan(20);
  const results = (result: NotedBooking['result']) => bookings.filter((one) => one.result === result).length;
  expect(results('done')).toBeGreaterThan(100);
  expect(results('unavailable') > 0).toBe(cause === 'owners go away');
  const received = changes.filter(({ receivedAtMs }) => receivedAtMs !== null).length;
  expect(received).toBeGreaterThan(changes.length / 10);
  // Most bookings were decided by what was kept.
  expect(answers()).toBeLessThan(bookings.length);
}

test.each<Trouble>(['none', 'pub/sub is cut', 'owners go away'])(
  `bookings obey the changes of resources and users; trouble: %s (HISTORY_SEED=${SEED})`,
  { timeout: 300_000 },
  async (cause) => {
    await database.sql`truncate bookings, booking_series, outbox cascade`;
    const { owners, bookings, operations } = await historyWith(SEED, STEPS, { trouble: cause });
    expect(neighborViolations(owners, bookings)).toEqual([]);
    expect(await historyViolations(database.sql, operations)).toEqual([]);
    expectVariety(owners, bookings, cause);
  },
);

/** Answers with what it knew while the owner is away. */
function outliving(sources: DirectorySources): DirectorySources {
  const wrap = <T extends { id: string }>(load: (ids: readonly string[]) => Promise<(T | undefined)[]>) => {
    const known = new Map<string, T>();
    return async (ids: readonly string[]) => {
      try {
        const found = await load(ids);
        for (const one of found) if (one) known.set(one.id, one);
        return found;
      } catch {
        return ids.map((id) => known.get(id));
      }
    };
  };
  return { ...sources, resources: wrap(sources.resources), members: wrap(sources.members) };
}

/** While a change is announced, the cache's clock is at the beginning of time: no answer was asked for before that. */
function forgetful() {
  let isAnnouncing = false;
  return {
    cacheClock:
      ({ nowMs }: VirtualClock) =>
      () =>
        isAnnouncing ? Number.NEGATIVE_INFINITY : nowMs(),
    listener: (listener: DirectoryListener): DirectoryListener => ({
      ...listener,
      onChange(id) {
        isAnnouncing = true;
        listener.onChange(id);
        isAnnouncing = false;
      },
    }),
  };
}

const BUGS: Record<string, Bug> = {
  'a cache that never expires': {
    trouble: 'pub/sub is cut',
    cacheClock:
      ({ nowMs }) =>
      () =>
        nowMs() / 1e6,
  },
  'ignored announcements': { trouble: 'none', listener: ({ onGap }) => ({ onGap, onChange() {} }) },
  'an answer that is kept though it was asked for before an announcement': {
    trouble: 'none',
    ...forgetful(),
  },
  'a reconnection that forgets nothing': {
    trouble: 'pub/sub is cut',
    listener: ({ onChange }) => ({ onChange, onGap() {} }),
  },
  'stale answers while an owner is away': { trouble: 'owners go away', sources: outliving },
};

test.each(Object.keys(BUGS))('the check catches %s', { timeout: 240_000 }, async (name) => {
  let violations: string[] = [];
  for (let round = 1; round <= MAX_ROUNDS && violations.length === 0; round += 1) {
    const { owners, bookings } = await historyWith(SEED + round, STEPS_WITH_A_BUG, BUGS[name]!);
    violations = neighborViolations(owners, bookings);
  }
  expect(violations).not.toEqual([]);
});
