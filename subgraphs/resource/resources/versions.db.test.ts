/** What the booking subgraph asks for: versions first, and the resources that have another one. */
import { newId } from '@libs/db/ids';
import { administratorOf } from '@libs/testing/contexts';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { updateResourceCategory } from '../categories/updateResourceCategory.ts';
import { catalogue, valueOf } from '../resource.fixtures.ts';
import { deleteResource } from './deleteResource.ts';
import { updateResource } from './updateResource.ts';

const setup = await catalogue();
const booking = setup.as({ kind: 'service', name: 'booking' });

type Versions = Record<string, { version: string; bytes: number }>;
async function versionsOf(...ids: string[]): Promise<Versions> {
  const { data } = await setup.ask(
    booking,
    'query ($ids: [ID!]!) { versions: internalResourceVersions(ids: $ids) }',
    { ids },
  );
  return data.versions as Versions;
}
const hours = { start: localTime('08:00'), end: localTime('24:00') };
const first = Temporal.PlainDate.from('2027-01-01');
const overrides = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const date = first.add({ days: index });
    return { from: date, to: date, ranges: [hours] };
  });

describe('the version of a resource', () => {
  it('is another after each change of it or of its category, and the same otherwise', async () => {
    const category = await setup.category(setup.tenant());
    const { id, tenantId } = await setup.resource(category);
    const other = await setup.resource(category);
    const boss = setup.as(administratorOf(tenantId));
    const seen = [(await versionsOf(id))[id]!.version];
    const isNew = async () => {
      const { version } = (await versionsOf(id))[id]!;
      expect(seen).not.toContain(version);
      seen.push(version);
    };
    valueOf(await updateResource(boss, { id: other.id, capacity: 5 }));
    expect((await versionsOf(id, other.id))[id]!.version).toBe(seen[0]);
    valueOf(await updateResource(boss, { id, scheduleOverrides: overrides(1) }));
    await isNew();
    valueOf(await updateResourceCategory(boss, { id: category.id, isActive: false }));
    await isNew();
    valueOf(await updateResourceCategory(boss, { id: category.id, isActive: true }));
    await isNew();
    valueOf(await deleteResource(boss, id));
    await isNew();
  });

  it('is another after a fail-over that lost a change, though the number comes back', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()));
    valueOf(await updateResource(setup.as(administratorOf(tenantId)), { id, capacity: 5 }));
    const { version } = (await versionsOf(id))[id]!;
    await setup.sql`update resources set capacity = 7, updated_at = updated_at + interval '1 second' where id = ${id}`;
    expect((await versionsOf(id))[id]!.version).not.toBe(version);
  });

  it('comes with the size of the schedule, which is read as it is stored', async () => {
    const category = await setup.category(setup.tenant());
    const short = await setup.resource(category);
    const long = await setup.resource(category, { scheduleOverrides: overrides(366) });
    const versions = await versionsOf(short.id, long.id, newId());
    expect(Object.keys(versions).toSorted()).toEqual([short.id, long.id].toSorted());
    expect(versions[long.id]!.bytes).toBeGreaterThan(10 * versions[short.id]!.bytes);
    const { data, statements } = await setup.ask(
      booking,
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Resource { id internalSchedule } } }`,
      { of: [{ __typename: 'Resource', id: long.id }] },
    );
    const ranges = [{ start: '08:00:00', end: '24:00:00' }];
    const [entity] = data._entities;
    expect(statements).toHaveLength(1);
    expect(entity.internalSchedule).toMatchObject({ availabilitySchedule: null, seasons: [] });
    expect(entity.internalSchedule.scheduleOverrides).toHaveLength(366);
    expect(entity.internalSchedule.scheduleOverrides[0]).toEqual({
      ...{ from: '2027-01-01', to: '2027-01-01', name: null },
      ranges,
    });
  });

  it('is read without the schedule, for all resources at once', async () => {
    const { id } = await setup.resource(await setup.category(setup.tenant()));
    const query = 'query ($ids: [ID!]!) { internalResourceVersions(ids: $ids) }';
    const { statements } = await setup.ask(booking, query, { ids: [id, newId()] });
    expect(statements).toHaveLength(1);
    const columns = statements[0]!.replaceAll(/pg_column_size\([^)]*\)/g, '');
    expect(columns).not.toMatch(/"(seasons|schedule_overrides|availability_schedule|attributes)"/);
  });

  it('is not for clients', async () => {
    const query = 'query ($ids: [ID!]!) { internalResourceVersions(ids: $ids) }';
    for (const ctx of [setup.anonymous(), setup.as(administratorOf(setup.tenant()))])
      expect((await setup.ask(ctx, query, { ids: [newId()] })).codes).toEqual(['FORBIDDEN']);
  });
});
