import type { UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { DomainEvent, EventContext } from '@libs/events/catalogue';
import { recordedChanges } from '@libs/events/recordedChanges';

export const userDeleted = (tenantId: TenantId, userId: string): DomainEvent => ({
  type: 'user.deleted',
  payload: { user_id: userId, tenant_id: tenantId },
});

export const userErased = (tenantId: TenantId, userId: string): DomainEvent => ({
  type: 'user.erased',
  payload: { user_id: userId, tenant_id: tenantId },
});

const valuesOf = (row: UserRow): object => ({
  name: row.name,
  email: row.email,
  phone: row.phone,
  userType: row.userType,
  canBook: row.canBook,
  canManageBookings: row.canManageBookings,
  canManageResources: row.canManageResources,
  canManageUsers: row.canManageUsers,
  metadata: row.metadata,
  isActive: row.isActive,
});

export const userCreated = (row: UserRow): DomainEvent => ({
  type: 'user.created',
  payload: { user_id: row.id, tenant_id: row.tenantId, changes: recordedChanges(null, valuesOf(row)) },
});

/** A user who created their own account. */
export const userSignedUp = (tenantId: TenantId, userId: string): DomainEvent => ({
  type: 'user.created',
  payload: { user_id: userId, tenant_id: tenantId, changes: recordedChanges(null, { userType: 'USER' }) },
});

/** None if every field has the value that it had. */
export function userChanges(before: UserRow, row: UserRow): DomainEvent[] {
  const changes = recordedChanges(valuesOf(before), valuesOf(row));
  if (Object.keys(changes).length === 0) return [];
  return [{ type: 'user.updated', payload: { user_id: row.id, tenant_id: row.tenantId, changes } }];
}

type AccountEvent =
  | 'user.invited'
  | 'user.email_verified'
  | 'user.password_changed'
  | 'user.signed_in'
  | 'user.signed_out'
  | 'user.session_revoked'
  | 'user.data_exported';

/** None for platform administrators (`tenantId` is null): events belong to a tenant. */
export const accountEvents = (type: AccountEvent, tenantId: string | null, userId: string): DomainEvent[] =>
  tenantId === null ? [] : [{ type, payload: { user_id: userId, tenant_id: tenantId } }];

/** For what a user does who has no session yet, or names another one's. */
export const asUser = ({ now, traceId }: EventContext, userId: string): EventContext => ({
  now,
  traceId,
  actor: { kind: 'user', id: userId },
});
