/**
 * A tenant for tests on a real database; the test supplies the other subgraphs' data. Open every day from 08:00 to 18:00 in São
 * Paulo, by half hours; now is 2027-01-04T12:00Z (09:00 there, a Monday).
 */
import type { Permissions, PlatformAdministrator, TenantUser } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { TenantProfile } from '@libs/directory/tenants';
import type { Outcome, UserErrorCode } from '@libs/outcome/outcome';
import { parseDateTime, type DateTimeInput } from '@libs/time/instants';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import type { Temporal } from 'temporal-polyfill';
import type { RedisConnection } from '@libs/cache/redis';
import { busyCache, type BusyCache } from './availability/busyCache.ts';
import { bulkhead, type Bulkhead } from './bookings/bulkhead.ts';
import { exampleContext } from './scheduling/scheduling.fixtures.ts';
import type { SchedulingRules } from './scheduling/rules.ts';
import { contextOf, type Context } from './context.ts';
import type { BookableResource, Member, DirectorySources } from './directory/bookingDirectory.ts';
import type { CreateBookingInput } from './generated.ts';

const NO_PERMISSIONS: Permissions = {
  canBook: false,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
};

export type ExampleTenant = {
  id: TenantId;
  /** Tests may change it. */
  profile: TenantProfile;
  resource(
    overrides?: Partial<Pick<BookableResource, 'isActive' | 'category' | 'availabilitySchedule'>>,
  ): string;
  /** With canBook. */
  user(
    permissions?: Partial<Permissions>,
    overrides?: Partial<Pick<Member, 'isActive' | 'userType'>>,
  ): TenantUser;
  administrator(): TenantUser;
  as(caller: Context['caller'], overrides?: Partial<Pick<Context, 'now'>>): Context;
  now: Temporal.Instant;
};

/** Shared by all tenants of a test file. */
export type ExampleDirectory = DirectorySources & {
  busyCache: BusyCache;
  bulkhead: Bulkhead;
  tenants: Map<string, TenantProfile>;
  resourceById: Map<string, BookableResource>;
  memberById: Map<string, Member>;
};

export function exampleDirectory(redis: RedisConnection | null = null): ExampleDirectory {
  const tenants = new Map<string, TenantProfile>();
  const resourceById = new Map<string, BookableResource>();
  const memberById = new Map<string, Member>();
  return {
    busyCache: busyCache(redis, 300),
    bulkhead: bulkhead(),
    tenants,
    resourceById,
    memberById,
    tenant: async (id) => tenants.get(id),
    resources: async (ids) => ids.map((id) => resourceById.get(id)),
    members: async (ids) => ids.map((id) => memberById.get(id)),
  };
}

export function exampleTenant(
  db: Db,
  directory: ExampleDirectory,
  rules: Partial<SchedulingRules> = {},
): ExampleTenant {
  const id = newId() as TenantId;
  const { now, rules: exampleRules } = exampleContext(rules);
  const profile: TenantProfile = {
    id,
    name: 'Academia Fit',
    domain: `${id}.example`,
    logoUrl: null,
    themePrimaryColor: null,
    isActive: true,
    settings: {
      ...exampleRules,
      workingDays: [...exampleRules.workingDays],
      businessType: 'fitness',
      locale: 'pt-BR',
      customLabels: {
        resourceSingular: 'Sala',
        resourcePlural: 'Salas',
        bookingLabel: 'Aula',
        userLabel: 'Aluno',
      },
    },
  };
  directory.tenants.set(id, profile);

  const tenant: ExampleTenant = {
    id,
    profile,
    now,
    resource(overrides = {}) {
      const resource = {
        id: newId(),
        tenant: { id },
        isActive: true,
        category: { id: newId(), isActive: true },
        availabilitySchedule: null,
        ...overrides,
      };
      directory.resourceById.set(resource.id, resource);
      return resource.id;
    },
    user(permissions = {}, overrides = {}) {
      const all = { ...NO_PERMISSIONS, canBook: true, ...permissions };
      const member: Member = {
        id: newId(),
        tenant: { id },
        isActive: true,
        userType: 'USER',
        permissions: all,
        ...overrides,
      };
      directory.memberById.set(member.id, member);
      const { userType } = member;
      return {
        kind: 'user',
        userId: member.id,
        tenantId: id,
        userType,
        permissions: all,
        sessionId: newId(),
      };
    },
    administrator: () => tenant.user({}, { userType: 'ADMIN' }),
    as: (caller, overrides = {}) =>
      contextOf(
        {
          caller,
          now: overrides.now ?? tenant.now,
          language: 'pt-BR',
          languageOfTenant: async () => 'pt-BR',
          traceId: newTraceId(),
          log: silentLog(),
        },
        { db, sources: directory, busyCache: directory.busyCache, bulkhead: directory.bulkhead },
      ),
  };
  return tenant;
}

export const platformCaller = (): PlatformAdministrator => ({
  kind: 'platform',
  userId: newId(),
  sessionId: newId(),
});

export const at = (text: string): DateTimeInput => parseDateTime(text)!;

/** Sorted; empty for success. */
export const codesOf = (outcome: Outcome<unknown>): UserErrorCode[] =>
  outcome.ok ? [] : outcome.refusals.map(({ code }) => code).sort();

/** Throws if the outcome is a refusal. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusals)}`);
  return outcome.value;
}

/** 10:00 to 11:00 in São Paulo. */
export const bookingInput = (
  resourceId: string,
  overrides: Partial<CreateBookingInput> = {},
): CreateBookingInput => ({
  resourceId,
  startTime: at('2027-01-06T10:00'),
  endTime: at('2027-01-06T11:00'),
  ...overrides,
});

/** In São Paulo. */
export const times = (start: string, end: string, date = '2027-01-06') => ({
  startTime: at(`${date}T${start}`),
  endTime: at(`${date}T${end}`),
});

/** Numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
