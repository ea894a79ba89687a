import type { TenantRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { DomainEvent } from '@libs/events/catalogue';
import { changedFields } from '@libs/events/changedFields';
import { recordedChanges } from '@libs/events/recordedChanges';
import { settingsOf } from './settings.ts';

export const tenantDeleted = (tenantId: TenantId): DomainEvent => ({
  type: 'tenant.deleted',
  payload: { tenant_id: tenantId },
});

/** Columns that every record has. */
const NOT_SHOWN = { id: null, createdAt: null, updatedAt: null, settings: null };

const valuesOf = ({ settings, ...plain }: TenantRow): object => ({
  ...plain,
  ...settingsOf(settings),
  updatedAt: null,
});

export const tenantCreated = (row: TenantRow): DomainEvent => ({
  type: 'tenant.created',
  payload: { tenant_id: row.id, changes: recordedChanges(null, { ...row, ...row.settings, ...NOT_SHOWN }) },
});

/** None if every field and setting has the value that it had. */
export function tenantChanges(before: TenantRow, row: TenantRow): DomainEvent<'tenant.updated'>[] {
  const [from, to] = [valuesOf(before), valuesOf(row)];
  const changed = changedFields(from, to);
  if (changed.length === 0) return [];
  return [
    { type: 'tenant.updated', payload: { tenant_id: row.id, changed, changes: recordedChanges(from, to) } },
  ];
}
