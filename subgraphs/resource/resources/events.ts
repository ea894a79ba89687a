import type { ResourceRow } from '@drizzle/resource/tables';
import type { DomainEvent } from '@libs/events/catalogue';
import { changedFields } from '@libs/events/changedFields';
import { recordedChanges, type RecordedChanges } from '@libs/events/recordedChanges';

export const resourceDeleted = ({ id, tenantId }: ResourceRow): DomainEvent<'resource.deleted'> => ({
  type: 'resource.deleted',
  payload: { resource_id: id, tenant_id: tenantId },
});

type ResourceVersion = Pick<ResourceRow, 'id' | 'tenantId' | 'version'>;

const resourceUpdated = (
  { id, tenantId, version }: ResourceVersion,
  changed: string[],
  changes: RecordedChanges = {},
): DomainEvent<'resource.updated'> => ({
  type: 'resource.updated',
  payload: { resource_id: id, tenant_id: tenantId, changed, resource_version: version, changes },
});

const valuesOf = (row: ResourceRow): object => ({
  ...row,
  id: null,
  tenantId: null,
  version: null,
  createdAt: null,
  updatedAt: null,
});

export const resourceCreated = (row: ResourceRow): DomainEvent<'resource.created'> => ({
  type: 'resource.created',
  payload: { resource_id: row.id, tenant_id: row.tenantId, changes: recordedChanges(null, valuesOf(row)) },
});

/** None if every field has the value that it had. */
export function resourceChanges(before: ResourceRow, row: ResourceRow): DomainEvent<'resource.updated'>[] {
  const [from, to] = [valuesOf(before), valuesOf(row)];
  const changed = changedFields(from, to);
  return changed.length === 0 ? [] : [resourceUpdated(row, changed, recordedChanges(from, to))];
}

/** Events of the resources in a category that was activated or deactivated. */
export const resourcesOfCategoryChanged = (
  rows: readonly ResourceVersion[],
): DomainEvent<'resource.updated'>[] => rows.map((row) => resourceUpdated(row, ['category']));
