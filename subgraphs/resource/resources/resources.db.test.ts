import { newId } from '@libs/db/ids';
import { userErrors } from '@libs/graphql/payload';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { localTime } from '@libs/time/localTimes';
import { describe, expect, test } from 'vitest';
import { deleteResourceCategory } from '../categories/deleteResourceCategory.ts';
import { updateResourceCategory } from '../categories/updateResourceCategory.ts';
import { catalogue, refusalsOf, thrown, valueOf } from '../resource.fixtures.ts';
import { createResource } from './createResource.ts';
import { deleteResource } from './deleteResource.ts';
import { resource, resourceReference, resources } from './reads.ts';
import { MAX_CAPACITY } from './rules.ts';
import { updateResource } from './updateResource.ts';

const setup = await catalogue();
const { as } = setup;
const platform = as(platformAdministrator());

const monday = { day: 'MONDAY' as const, start: localTime('06:00'), end: localTime('24:00') };

describe('createResource', () => {
  test('creates an active resource with the given fields', async () => {
    const { id: categoryId, tenantId } = await setup.category(setup.tenant());
    const ctx = as(userOf(tenantId, { canManageResources: true }));
    const given = {
      name: 'Sala 1 - Spinning',
      capacity: 20,
      location: 'Térreo',
      attributes: { projetor: true },
    };
    const created = valueOf(
      await createResource(ctx, { ...given, categoryId, availabilitySchedule: [monday] }),
    );
    expect(created).toMatchObject({ ...given, tenantId, categoryId, isActive: true, version: 1 });
    expect(created.availabilitySchedule).toEqual([{ day: 'MONDAY', start: '06:00:00', end: '24:00:00' }]);
  });

  test('defaults to capacity 1, no attributes and the tenant’s schedule, also for nulls', async () => {
    const row = await setup.category(setup.tenant());
    const defaults = { capacity: 1, attributes: {}, availabilitySchedule: null, location: null };
    expect(await setup.resource(row)).toMatchObject(defaults);
    expect(
      await setup.resource(row, { capacity: null, attributes: null, availabilitySchedule: null }),
    ).toMatchObject(defaults);
    expect((await setup.resource(row, { availabilitySchedule: [] })).availabilitySchedule).toEqual([]);
  });

  test('accepts an inactive category', async () => {
    const row = await setup.category(setup.tenant());
    valueOf(await updateResourceCategory(platform, { id: row.id, isActive: false }));
    expect((await setup.resource(row)).isActive).toBe(true);
  });

  test('reports every refusal at once, in both languages, and writes nothing', async () => {
    const { id: categoryId, tenantId } = await setup.category(setup.tenant());
    const ctx = as(administratorOf(tenantId));
    const outcome = await createResource(ctx, {
      name: ' ',
      categoryId,
      capacity: 0,
      availabilitySchedule: [monday, { ...monday, start: localTime('23:00') }],
    });
    expect(refusalsOf(outcome)).toEqual([
      'INVALID input.name',
      'INVALID input.availabilitySchedule.1',
      'INVALID input.capacity',
    ]);
    const said = async (language: 'pt-BR' | 'en') =>
      (await userErrors(request({ language }), outcome)).at(-1)?.message;
    expect(await said('pt-BR')).toBe('A capacidade deve estar entre 1 e 100000.');
    expect(await said('en')).toBe('The capacity must be between 1 and 100000.');
    expect((await resources(ctx, null, null, {})).nodes).toEqual([]);
  });

  test('accepts capacities from 1 to 100,000', async () => {
    const row = await setup.category(setup.tenant());
    const ctx = as(administratorOf(row.tenantId));
    for (const capacity of [-1, 0, MAX_CAPACITY + 1, 2 ** 31 - 1]) {
      expect(
        refusalsOf(await createResource(ctx, { name: 'Estádio', categoryId: row.id, capacity })),
      ).toEqual(['INVALID input.capacity']);
    }
    expect((await setup.resource(row, { capacity: MAX_CAPACITY })).capacity).toBe(100_000);
  });

  test('refuses an unknown, a deleted and another tenant’s category alike', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const deleted = await setup.category(tenantId);
    valueOf(await deleteResourceCategory(ctx, deleted.id));
    const others = await setup.category(setup.tenant());
    for (const categoryId of [newId(), deleted.id, others.id]) {
      expect(refusalsOf(await createResource(ctx, { name: 'Sala', categoryId }))).toEqual([
        'NOT_FOUND input.categoryId',
      ]);
    }
  });

  test('refuses an unknown tenant, and users of an inactive one', async () => {
    const tenantId = setup.tenant();
    const { id: categoryId } = await setup.category(tenantId);
    setup.setActive(tenantId, false);
    const input = { name: 'Sala', categoryId };
    expect(refusalsOf(await createResource(as(administratorOf(tenantId)), input))).toEqual([
      'INACTIVE input.tenantId',
    ]);
    expect(refusalsOf(await createResource(platform, { ...input, tenantId: newTenantId() }))).toEqual([
      'NOT_FOUND input.tenantId',
    ]);
    expect(refusalsOf(await createResource(platform, { ...input, tenantId }))).toEqual([]);
  });

  test.each([
    ['UNAUTHENTICATED', 'nobody', setup.anonymous()],
    ['FORBIDDEN', 'a user without the permission', as(userOf(setup.tenant(), { canManageBookings: true }))],
    ['BAD_USER_INPUT', 'the platform without a tenant', platform],
  ])('throws %s for %s', async (code, _, ctx) => {
    await expect(createResource(ctx, { name: 'Sala', categoryId: newId() })).rejects.toEqual(thrown(code));
  });
});

describe('updateResource', () => {
  test('changes named fields, clears null ones, keeps the rest, and increments the version', async () => {
    const row = await setup.category(setup.tenant());
    const other = await setup.category(row.tenantId);
    const created = await setup.resource(row, {
      description: 'Bicicletas',
      location: 'Térreo',
      capacity: 20,
    });
    const ctx = as(userOf(row.tenantId, { canManageResources: true }));
    const changes = {
      id: created.id,
      categoryId: other.id,
      name: 'Sala 2',
      description: null,
      isActive: false,
    };
    expect(valueOf(await updateResource(ctx, changes))).toMatchObject({
      ...changes,
      location: 'Térreo',
      capacity: 20,
      version: 2,
      createdAt: created.createdAt,
      updatedAt: ctx.now,
    });
  });

  test('keeps an absent schedule; null means the tenant’s hours, empty means never', async () => {
    const row = await setup.category(setup.tenant());
    const { id } = await setup.resource(row, { availabilitySchedule: [monday] });
    const ctx = as(administratorOf(row.tenantId));
    const scheduleAfter = async (changes: object) =>
      valueOf(await updateResource(ctx, { id, ...changes })).availabilitySchedule;
    expect(await scheduleAfter({ name: 'Sala' })).toHaveLength(1);
    expect(await scheduleAfter({ availabilitySchedule: [] })).toEqual([]);
    expect(await scheduleAfter({ name: 'Sala' })).toEqual([]);
    expect(await scheduleAfter({ availabilitySchedule: null })).toBeNull();
  });

  test('replaces all attributes', async () => {
    const row = await setup.category(setup.tenant());
    const { id } = await setup.resource(row, { attributes: { projetor: true } });
    const ctx = as(administratorOf(row.tenantId));
    expect(valueOf(await updateResource(ctx, { id, attributes: { bikes: 20 } })).attributes).toEqual({
      bikes: 20,
    });
  });

  test('refuses null for required fields, and everything that createResource refuses', async () => {
    const row = await setup.category(setup.tenant());
    const { id } = await setup.resource(row);
    const ctx = as(administratorOf(row.tenantId));
    const nulls = { name: null, categoryId: null, capacity: null, attributes: null, isActive: null };
    expect(refusalsOf(await updateResource(ctx, { id, ...nulls }))).toEqual([
      'INVALID input.categoryId',
      'INVALID input.name',
      'INVALID input.capacity',
      'INVALID input.attributes',
      'INVALID input.isActive',
    ]);
    const backward = [{ ...monday, end: monday.start }];
    expect(refusalsOf(await updateResource(ctx, { id, availabilitySchedule: backward }))).toEqual([
      'INVALID input.availabilitySchedule.0.end',
    ]);
    expect((await resource(ctx, id))?.version).toBe(1);
  });

  test('refuses an unknown, a deleted and another tenant’s category alike, but not its own inactive one', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const home = await setup.category(tenantId);
    const { id } = await setup.resource(home);
    const deleted = await setup.category(tenantId);
    valueOf(await deleteResourceCategory(ctx, deleted.id));
    const others = await setup.category(setup.tenant());
    for (const categoryId of [newId(), deleted.id, others.id]) {
      expect(refusalsOf(await updateResource(ctx, { id, categoryId }))).toEqual([
        'NOT_FOUND input.categoryId',
      ]);
      expect(refusalsOf(await updateResource(platform, { id, categoryId }))).toEqual([
        'NOT_FOUND input.categoryId',
      ]);
    }
    valueOf(await updateResourceCategory(ctx, { id: home.id, isActive: false }));
    expect(refusalsOf(await updateResource(ctx, { id, categoryId: home.id }))).toEqual([]);
  });

  test('refuses an unknown, a deleted and another tenant’s resource alike, and changes nothing', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const others = await setup.resource(await setup.category(setup.tenant()));
    const deleted = await setup.resource(await setup.category(tenantId));
    valueOf(await deleteResource(ctx, deleted.id));
    for (const id of [newId(), others.id, deleted.id]) {
      expect(refusalsOf(await updateResource(ctx, { id, name: 'Minha' }))).toEqual(['NOT_FOUND input.id']);
    }
    expect(await resource(platform, others.id)).toMatchObject({ name: others.name, version: 1 });
  });

  test('is FORBIDDEN without the permission, UNAUTHENTICATED without a session', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()));
    const change = { id, name: 'Minha' };
    await expect(updateResource(as(userOf(tenantId)), change)).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(updateResource(setup.anonymous(), change)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('loses none of twenty concurrent changes', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()), { capacity: 1 });
    const ctx = as(administratorOf(tenantId));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        updateResource(ctx, n % 2 ? { id, capacity: 50 } : { id, location: 'Térreo' }),
      ),
    );
    expect(await resource(ctx, id)).toMatchObject({ capacity: 50, location: 'Térreo', version: 21 });
  });
});

describe('deleteResource', () => {
  test('hides the resource from every query and announces it once; references still show it, inactive', async () => {
    const row = await setup.category(setup.tenant());
    const { id, tenantId } = await setup.resource(row, { availabilitySchedule: [monday] });
    const ctx = as(administratorOf(tenantId));
    expect(valueOf(await deleteResource(ctx, id))).toBe(id);
    expect(setup.announced).toContain(id);

    expect(await resource(ctx, id)).toBeNull();
    const left = await resources(ctx, null, null, {});
    expect([left.nodes, await left.totalCount()]).toEqual([[], 0]);
    expect(await resourceReference(ctx, id)).toMatchObject({ id, isActive: false, version: 2 });
    expect(await resourceReference(as({ kind: 'service', name: 'booking' }), id)).toMatchObject({ id });
    const missing = await resourceReference(setup.anonymous(), newId());
    expect(await resourceReference(setup.anonymous(), id)).toEqual({ ...missing, id });
    expect(await resourceReference(as({ kind: 'service', name: 'booking' }), newId())).toBeNull();

    expect(refusalsOf(await deleteResource(ctx, id))).toEqual(['NOT_FOUND id']);
    const announced =
      await setup.sql`select event_type, payload, stream from outbox where tenant_id = ${tenantId} and event_type like 'resource.%' and event_type <> 'resource.created'`;
    expect(announced).toEqual([
      {
        event_type: 'resource.deleted',
        stream: 'deletion-events',
        payload: { resource_id: id, tenant_id: tenantId },
      },
    ]);
  });

  test('tells other subgraphs which resources are deleted', async () => {
    const category = await setup.category(setup.tenant());
    const [deleted, left] = [await setup.resource(category), await setup.resource(category)];
    valueOf(await deleteResource(as(administratorOf(deleted.tenantId)), deleted.id));
    const { data } = await setup.ask(
      as({ kind: 'service', name: 'booking' }),
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Resource { id internalIsDeleted } } }`,
      { of: [deleted, left].map(({ id }) => ({ __typename: 'Resource', id })) },
    );
    expect(data._entities).toEqual([
      { id: deleted.id, internalIsDeleted: true },
      { id: left.id, internalIsDeleted: false },
    ]);
  });

  test('deletes and announces once if called ten times at once', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()));
    const ctx = as(administratorOf(tenantId));
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => deleteResource(ctx, id)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      await setup.sql`select from outbox where tenant_id = ${tenantId} and event_type like 'resource.%' and event_type <> 'resource.created'`,
    ).toHaveLength(1);
  });

  test('refuses another tenant’s resource with NOT_FOUND, and announces nothing', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()));
    expect(refusalsOf(await deleteResource(as(administratorOf(setup.tenant())), id))).toEqual([
      'NOT_FOUND id',
    ]);
    expect(
      await setup.sql`select from outbox where tenant_id = ${tenantId} and event_type like 'resource.%' and event_type <> 'resource.created'`,
    ).toHaveLength(0);
  });

  test('is FORBIDDEN without the permission', async () => {
    const { id, tenantId } = await setup.resource(await setup.category(setup.tenant()));
    await expect(deleteResource(as(userOf(tenantId)), id)).rejects.toEqual(thrown('FORBIDDEN'));
  });
});
