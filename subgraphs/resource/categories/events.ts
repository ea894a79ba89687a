import type { CategoryRow } from '@drizzle/resource/tables';
import type { DomainEvent } from '@libs/events/catalogue';
import { recordedChanges, type RecordedChanges } from '@libs/events/recordedChanges';

const valuesOf = ({ name, description, type, icon, color, isActive }: CategoryRow): object => ({
  name,
  description,
  type,
  icon,
  color,
  isActive,
});

const categoryEvent = (
  type: 'category.created' | 'category.updated' | 'category.deleted',
  { id, tenantId }: Pick<CategoryRow, 'id' | 'tenantId'>,
  changes: RecordedChanges = {},
): DomainEvent => ({ type, payload: { category_id: id, tenant_id: tenantId, changes } });

export const categoryCreated = (row: CategoryRow): DomainEvent =>
  categoryEvent('category.created', row, recordedChanges(null, valuesOf(row)));

/** None if every field has the value that it had. */
export function categoryChanges(before: CategoryRow, row: CategoryRow): DomainEvent[] {
  const changes = recordedChanges(valuesOf(before), valuesOf(row));
  return Object.keys(changes).length === 0 ? [] : [categoryEvent('category.updated', row, changes)];
}

export const categoryDeleted = (row: CategoryRow): DomainEvent => categoryEvent('category.deleted', row);
