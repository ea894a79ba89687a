import type { ResourceRow } from '@drizzle/resource/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { administratorOf } from '@libs/testing/contexts';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { updateResourceCategory } from '../categories/updateResourceCategory.ts';
import type { UpdateResourceInput } from '../generated.ts';
import { catalogue, refusalsOf, valueOf } from '../resource.fixtures.ts';
import { deleteResource } from './deleteResource.ts';
import { updateResource } from './updateResource.ts';

const setup = await catalogue();
const { as } = setup;

const closedOn = Temporal.PlainDate.from('2027-02-01');
const closed = { from: closedOn, to: closedOn, ranges: [] };

const update = (row: ResourceRow, changes: Partial<UpdateResourceInput>) =>
  updateResource(as(administratorOf(tenantOfRow(row))), { id: row.id, ...changes });
const newResource = async () => setup.resource(await setup.category(setup.tenant()));

describe('resource.updated', () => {
  const announcedIn = async (tenantId: string) =>
    (
      await setup.sql`select stream, event_type, payload from outbox
        where tenant_id = ${tenantId} and event_type in ('resource.updated', 'resource.deleted') order by arrival`
    ).map(({ stream, event_type, payload }) => [stream, event_type, payload]);
  const eventOf = (
    { id, tenantId }: ResourceRow,
    changed: string[],
    version: number,
    changes: object = {},
  ) => [
    'schedule-events',
    'resource.updated',
    { resource_id: id, tenant_id: tenantId, changed, resource_version: version, changes },
  ];

  test('names the fields that have another value, and is not announced if none has', async () => {
    const row = await newResource();
    valueOf(await update(row, { name: row.name, capacity: 1, rules: { autoConfirm: null }, seasons: [] }));
    expect(await announcedIn(row.tenantId)).toEqual([]);
    valueOf(await update(row, { capacity: 2, bookingMode: 'SHARED', scheduleOverrides: [closed] }));
    expect(refusalsOf(await update(row, { capacity: 0 }))).toHaveLength(1);
    expect(await announcedIn(row.tenantId)).toEqual([
      eventOf(row, ['capacity', 'booking_mode', 'schedule_overrides'], 3, {
        capacity: { from: 1, to: 2 },
        booking_mode: { from: 'EXCLUSIVE', to: 'SHARED' },
        // It may have names.
        schedule_overrides: {},
      }),
    ]);
  });

  test('is announced of each resource of a category that is activated or deactivated', async () => {
    const category = await setup.category(setup.tenant());
    const rows = [await setup.resource(category), await setup.resource(category)];
    const deleted = await setup.resource(category);
    const ctx = as(administratorOf(category.tenantId));
    valueOf(await deleteResource(ctx, deleted.id));
    const [deletion] = await announcedIn(category.tenantId);
    valueOf(await updateResourceCategory(ctx, { id: category.id, name: 'Quadras' }));
    expect(await announcedIn(category.tenantId)).toEqual([deletion]);
    valueOf(await updateResourceCategory(ctx, { id: category.id, isActive: false }));
    expect(await announcedIn(category.tenantId)).toEqual([
      deletion,
      ...rows.map((row) => eventOf(row, ['category'], 1)),
    ]);
  });
});
