import type { ApiKeyRow } from '@drizzle/user/tables';
import type { DomainEvent } from '@libs/events/catalogue';
import { recordedChanges } from '@libs/events/recordedChanges';

const valuesOf = ({ name, scopes, isActive, expiresAt }: ApiKeyRow): object => ({
  name,
  scopes,
  isActive,
  expiresAt,
});

const apiKeyEvent = (
  type: 'api_key.created' | 'api_key.updated' | 'api_key.deleted',
  { id, tenantId }: ApiKeyRow,
  changes: ReturnType<typeof recordedChanges> = {},
): DomainEvent => ({ type, payload: { api_key_id: id, tenant_id: tenantId, changes } });

export const apiKeyCreated = (row: ApiKeyRow): DomainEvent =>
  apiKeyEvent('api_key.created', row, recordedChanges(null, valuesOf(row)));

/** None if every field has the value that it had. */
export function apiKeyChanges(before: ApiKeyRow, row: ApiKeyRow): DomainEvent[] {
  const changes = recordedChanges(valuesOf(before), valuesOf(row));
  return Object.keys(changes).length === 0 ? [] : [apiKeyEvent('api_key.updated', row, changes)];
}

export const apiKeyDeleted = (row: ApiKeyRow): DomainEvent => apiKeyEvent('api_key.deleted', row);
