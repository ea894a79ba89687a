/**
 * A tenant for tests on a real database; the test supplies the other subgraphs' data. Open every day from 08:00 to 18:00 in São
 * Paulo, by half hours; now is 2027-01-04T12:00Z (09:00 there, a Monday).
 */
import { WIDE_LIMITS } from '@libs/testing/contexts';
import type { Permissions, PlatformAdministrator, TenantUser } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { ReadLatest } from '@libs/db/latestReads';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import type { TenantProfile } from '@libs/directory/tenants';
import { message } from '@libs/outcome/messages';
import type { Outcome, Refusal, UserErrorCode } from '@libs/outcome/outcome';
import { parseDateTime, type DateTimeInput } from '@libs/time/instants';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import type { Temporal } from 'temporal-polyfill';
import type { RedisConnection } from '@libs/cache/redis';
import type { LiveAvailability } from './availability/live/liveAvailability.ts';
import { busyCache, type BusyCache } from './availability/busyCache.ts';
import { bulkhead, type Bulkhead } from './bookings/bulkhead.ts';
import { exampleContext } from './scheduling/scheduling.fixtures.ts';
import type { SchedulingRules } from './scheduling/rules.ts';
import { contextOf, type Context } from './context.ts';
import type { Member, DirectorySources } from './directory/bookingDirectory.ts';
import type { BookableResource } from './directory/resourceSource.ts';
import type { CreateBookingInput } from './generated.ts';

const NO_PERMISSIONS: Permissions = {
  canBook: false,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
};

/** Booked as a whole, whenever and however its tenant's rules allow. */
const PLAIN_RESOURCE = {
  isDeleted: false,
  capacity: 1,
  bookingMode: 'EXCLUSIVE',
  rules: NO_OWN_RULES,
  availabilitySchedule: null,
  seasons: [],
  scheduleOverrides: [],
} satisfies Partial<BookableResource>;

export type ExampleTenant = {
  id: TenantId;
  /** Tests may change it. */
  profile: TenantProfile;
  resource(overrides?: Partial<Omit<BookableResource, 'id' | 'tenant'>>): string;
  /** With canBook. */
  user(
    permissions?: Partial<Permissions>,
    overrides?: Partial<Pick<Member, 'isActive' | 'userType'>>,
  ): TenantUser;
  administrator(): TenantUser;
  as(caller: Context['caller'], overrides?: { now?: Temporal.Instant; readLatest?: ReadLatest }): Context;
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
    categories: async (ids) =>
      ids.map((id) => {
        const resource = [...resourceById.values()].find(({ category }) => category.id === id);
        return resource && { id, tenant: resource.tenant };
      }),
    async categoryResources(ids) {
      return ids.map((id) => {
        const found = [...resourceById.values()].filter(({ category }) => category.id === id);
        return found[0] && { tenant: found[0].tenant, resourceIds: found.map((one) => one.id) };
      });
    },
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
    frontendUrl: `https://${id}.example`,
    logoUrl: null,
    themePrimaryColor: null,
    isActive: true,
    limits: WIDE_LIMITS,
    settings: {
      ...DEFAULT_SETTINGS,
      ...exampleRules,
      workingDays: [...exampleRules.workingDays],
      specialHours: exampleRules.specialHours.map((one) => ({
        ...one,
        ranges: one.ranges.map((range) => ({ ...range })),
      })),
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
      const resource: BookableResource = {
        id: newId(),
        tenant: { id },
        isActive: true,
        category: { id: newId(), isActive: true },
        ...PLAIN_RESOURCE,
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
        {
          db,
          readLatest: overrides.readLatest,
          sources: directory,
          busyCache: directory.busyCache,
          bulkhead: directory.bulkhead,
        },
      ),
  };
  return tenant;
}

/** For schemas whose live availability nobody asks for. */
export const nothingLive: LiveAvailability = {
  follow: () => Promise.reject(new Error('nothing is live here')),
  notify() {},
  wake() {},
  async stop() {},
};

export const platformCaller = (): PlatformAdministrator => ({
  kind: 'platform',
  userId: newId(),
  sessionId: newId(),
});

export const at = (text: string): DateTimeInput => parseDateTime(text)!;

/** Throws if a placeholder of the message would remain. */
function requireParams({ key, params }: Refusal): void {
  const text = message(key, 'en', params);
  if (/[{}]/.test(text)) throw new Error(`a parameter is missing: ${text}`);
}

/** Sorted; empty for success. */
export function codesOf(outcome: Outcome<unknown>): UserErrorCode[] {
  if (outcome.ok) return [];
  outcome.refusals.forEach(requireParams);
  return outcome.refusals.map(({ code }) => code).sort();
}

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
