/** Events of closures. */
import type { ClosureRow } from '@drizzle/booking/tables';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { recordedChanges } from '@libs/events/recordedChanges';

const closurePayload = (row: ClosureRow): Payload<'closure.created'> => ({
  closure_id: row.id,
  tenant_id: row.tenantId,
  from: row.fromDate,
  to: row.toDate,
  start_time: row.startTime,
  end_time: row.endTime,
  resource_ids: row.resourceIds,
  category_ids: row.categoryIds,
});

export const closureCreated = (row: ClosureRow): DomainEvent => ({
  type: 'closure.created',
  payload: closurePayload(row),
});

export const closureUpdated = (before: ClosureRow, row: ClosureRow): DomainEvent => ({
  type: 'closure.updated',
  payload: {
    ...closurePayload(row),
    changes: recordedChanges(
      { name: before.name, ...closurePayload(before) },
      { name: row.name, ...closurePayload(row) },
    ),
  },
});

export const closureDeleted = (row: ClosureRow): DomainEvent => ({
  type: 'closure.deleted',
  payload: closurePayload(row),
});
