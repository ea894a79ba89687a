/** Request contexts and callers, for tests that call verbs directly. */
import { ANONYMOUS, type Caller, type Permissions } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { TenantLimits } from '@libs/outcome/tenantLimits';
import { newId } from '@libs/db/ids';
import type { RequestContext } from '@libs/graphql/context';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';

export function request(overrides: Partial<RequestContext> = {}): RequestContext {
  return {
    caller: ANONYMOUS,
    now: systemClock.now(),
    language: 'en',
    languageOfTenant: async () => 'pt-BR',
    traceId: newTraceId(),
    log: silentLog(),
    ...overrides,
  };
}

/** Limits that no test reaches. */
export const WIDE_LIMITS: TenantLimits = {
  resources: 10_000,
  users: 10_000,
  webhooks: 100,
  apiKeys: 50,
  categories: 10_000,
};

export const newTenantId = (): TenantId => newId() as TenantId;

export const platformAdministrator = (): Caller => ({
  kind: 'platform',
  userId: newId(),
  sessionId: newId(),
});

export const administratorOf = (tenantId: TenantId, userId = newId()): Caller => ({
  kind: 'user',
  userId,
  tenantId,
  userType: 'ADMIN',
  permissions: { canBook: true, canManageBookings: true, canManageResources: true, canManageUsers: true },
  sessionId: newId(),
});

/** A user with canBook, and with `permissions`. */
export const userOf = (
  tenantId: TenantId,
  permissions: Partial<Permissions> = {},
  userId = newId(),
): Caller => ({
  kind: 'user',
  userId,
  tenantId,
  userType: 'USER',
  permissions: {
    canBook: true,
    canManageBookings: false,
    canManageResources: false,
    canManageUsers: false,
    ...permissions,
  },
  sessionId: newId(),
});
