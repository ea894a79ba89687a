import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { userErrors } from '@libs/graphql/payload';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { describe, expect, test } from 'vitest';
import { catalogue, refusalsOf, thrown, valueOf } from '../resource.fixtures.ts';
import { createResource } from '../resources/createResource.ts';
import { deleteResource } from '../resources/deleteResource.ts';
import { updateResource } from '../resources/updateResource.ts';
import { createResourceCategory } from './createResourceCategory.ts';
import { deleteResourceCategory } from './deleteResourceCategory.ts';
import { lockCategory, lockCategoryForShare, updateCategoryRow } from './store.ts';
import { updateResourceRow } from '../resources/store.ts';
import { categories, category, categoryReference } from './reads.ts';
import { updateResourceCategory } from './updateResourceCategory.ts';

const setup = await catalogue();
const { as } = setup;
const platform = as(platformAdministrator());
const input = { name: 'Salas de Aula', type: 'PHYSICAL' as const };

describe('createResourceCategory', () => {
  test('creates an active category of the caller’s tenant', async () => {
    const tenantId = setup.tenant();
    const manager = as(userOf(tenantId, { canManageResources: true }));
    const created = valueOf(await createResourceCategory(manager, { ...input, icon: 'door', color: '#0A0' }));
    expect(created).toMatchObject({
      tenantId,
      ...input,
      icon: 'door',
      color: '#0A0',
      description: null,
      isActive: true,
    });
  });

  test('lets a platform administrator name the tenant', async () => {
    const tenantId = setup.tenant();
    expect(valueOf(await createResourceCategory(platform, { ...input, tenantId })).tenantId).toBe(tenantId);
    await expect(createResourceCategory(platform, input)).rejects.toEqual(thrown('BAD_USER_INPUT'));
  });

  test.each([
    ['UNAUTHENTICATED', 'nobody', setup.anonymous()],
    ['FORBIDDEN', 'a user without the permission', as(userOf(setup.tenant(), { canManageBookings: true }))],
  ])('throws %s for %s', async (code, _, ctx) => {
    await expect(createResourceCategory(ctx, input)).rejects.toEqual(thrown(code));
  });

  test('is FORBIDDEN for another tenant than the caller’s', async () => {
    const ctx = as(administratorOf(setup.tenant()));
    await expect(createResourceCategory(ctx, { ...input, tenantId: setup.tenant() })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
  });

  test('refuses an empty name and one that is too long', async () => {
    const ctx = as(administratorOf(setup.tenant()));
    for (const name of ['', '  ', 'x'.repeat(201)]) {
      expect(refusalsOf(await createResourceCategory(ctx, { ...input, name }))).toEqual([
        'INVALID input.name',
      ]);
    }
  });

  test('refuses an unknown tenant', async () => {
    expect(refusalsOf(await createResourceCategory(platform, { ...input, tenantId: newTenantId() }))).toEqual(
      ['NOT_FOUND input.tenantId'],
    );
  });

  test('refuses users of an inactive tenant, but not the platform', async () => {
    const tenantId = setup.tenant(false);
    expect(refusalsOf(await createResourceCategory(as(administratorOf(tenantId)), input))).toEqual([
      'INACTIVE input.tenantId',
    ]);
    expect(refusalsOf(await createResourceCategory(platform, { ...input, tenantId }))).toEqual([]);
  });
});

describe('updateResourceCategory', () => {
  test('changes named fields, clears null ones and keeps the rest', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(tenantId, { icon: 'door', color: '#00AA00', description: 'Andar 1' });
    const ctx = as(userOf(tenantId, { canManageResources: true }));
    const changes = { id, name: 'Quadras', icon: null, isActive: false };
    expect(valueOf(await updateResourceCategory(ctx, changes))).toMatchObject({
      name: 'Quadras',
      icon: null,
      color: '#00AA00',
      description: 'Andar 1',
      type: 'PHYSICAL',
      isActive: false,
      updatedAt: ctx.now,
    });
  });

  test('refuses null for required fields, with every refusal in both languages', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(tenantId);
    const ctx = as(administratorOf(tenantId));
    const outcome = await updateResourceCategory(ctx, { id, name: null, type: null, isActive: null });
    expect(refusalsOf(outcome)).toEqual([
      'INVALID input.name',
      'INVALID input.type',
      'INVALID input.isActive',
    ]);
    const [said] = await userErrors(request({ language: 'pt-BR' }), outcome);
    expect(said?.message).toBe('name não pode ser nulo.');
  });

  test('refuses an unknown, a deleted and another tenant’s category alike, and changes nothing', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(setup.tenant());
    const deleted = await setup.category(tenantId);
    const ctx = as(administratorOf(tenantId));
    valueOf(await deleteResourceCategory(ctx, deleted.id));
    for (const one of [newId(), id, deleted.id]) {
      expect(refusalsOf(await updateResourceCategory(ctx, { id: one, name: 'Minha' }))).toEqual([
        'NOT_FOUND input.id',
      ]);
    }
    expect((await category(platform, id))?.name).toBe('Salas de Aula');
  });

  test('lets a platform administrator change any tenant’s category', async () => {
    const { id } = await setup.category(setup.tenant());
    expect(valueOf(await updateResourceCategory(platform, { id, name: 'Outra' })).name).toBe('Outra');
  });

  test('is FORBIDDEN without the permission', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(tenantId);
    await expect(updateResourceCategory(as(userOf(tenantId)), { id, name: 'Minha' })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
  });
});

describe('deleteResourceCategory', () => {
  test('removes an empty category from every query', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(tenantId);
    const ctx = as(administratorOf(tenantId));
    expect(valueOf(await deleteResourceCategory(ctx, id))).toBe(id);
    expect(await category(ctx, id)).toBeNull();
    expect((await categories(ctx, null, {})).nodes).toEqual([]);
    expect(await (await categories(ctx, null, {})).totalCount()).toBe(0);
    expect(refusalsOf(await deleteResourceCategory(ctx, id))).toEqual(['NOT_FOUND id']);
  });

  test('refuses a category that has resources, also inactive ones, until they are deleted', async () => {
    const tenantId = setup.tenant();
    const row = await setup.category(tenantId);
    const resource = await setup.resource(row);
    const ctx = as(administratorOf(tenantId));
    valueOf(await updateResource(ctx, { id: resource.id, isActive: false }));
    expect(refusalsOf(await deleteResourceCategory(ctx, row.id))).toEqual(['IN_USE id']);
    valueOf(await deleteResource(ctx, resource.id));
    expect(refusalsOf(await deleteResourceCategory(ctx, row.id))).toEqual([]);
    expect(await categoryReference(ctx, row.id)).toMatchObject({ id: row.id, isActive: false });
  });

  test('refuses another tenant’s category with NOT_FOUND', async () => {
    const { id } = await setup.category(setup.tenant());
    expect(refusalsOf(await deleteResourceCategory(as(administratorOf(setup.tenant())), id))).toEqual([
      'NOT_FOUND id',
    ]);
    expect(await category(platform, id)).not.toBeNull();
  });

  test('is FORBIDDEN without the permission', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.category(tenantId);
    await expect(deleteResourceCategory(as(userOf(tenantId)), id)).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('refuses a resource that is created during the deletion of its category', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const { id } = await setup.category(tenantId);
    const moving = await setup.resource(await setup.category(tenantId));
    let late: Promise<string[][]> | undefined;
    await inTransaction(setup.db, async (tx) => {
      await lockCategory(tenantId, tx, id);
      late = Promise.all([
        createResource(ctx, { name: 'Tarde', categoryId: id }).then(refusalsOf),
        updateResource(ctx, { id: moving.id, categoryId: id }).then(refusalsOf),
      ]);
      await setup.waitForLocks(2);
      await updateCategoryRow(tenantId, tx, id, { isActive: false, deletedAt: ctx.now });
    });
    expect(await late).toEqual([['NOT_FOUND input.categoryId'], ['NOT_FOUND input.categoryId']]);
  });

  test('is refused while a resource is being added', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const { id } = await setup.category(tenantId);
    const moving = await setup.resource(await setup.category(tenantId));
    let late: Promise<string[]> | undefined;
    await inTransaction(setup.db, async (tx) => {
      await lockCategoryForShare(tenantId, tx, id);
      late = deleteResourceCategory(ctx, id).then(refusalsOf);
      await setup.waitForLocks(1);
      await updateResourceRow(tenantId, tx, moving.id, { categoryId: id });
    });
    expect(await late).toEqual(['IN_USE id']);
  });

  test('leaves no resource in a deleted category in any interleaving', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    for (let round = 0; round < 20; round += 1) {
      const { id } = await setup.category(tenantId);
      const [created, deleted] = await Promise.all([
        createResource(ctx, { name: 'Corrida', categoryId: id }),
        deleteResourceCategory(ctx, id),
      ]);
      expect(created.ok).not.toBe(deleted.ok);
    }
    expect(
      await setup.sql`
        select from resources r join resource_categories c on c.id = r.category_id
        where r.tenant_id = ${tenantId} and r.deleted_at is null and c.deleted_at is not null`,
    ).toHaveLength(0);
  });
});

describe('category queries', () => {
  test('show an active tenant’s categories to everyone, an inactive one’s only with a session', async () => {
    const tenantId = setup.tenant();
    const row = await setup.category(tenantId);
    expect(await category(setup.anonymous(), row.id)).toMatchObject({ id: row.id });
    expect((await categories(setup.anonymous(), tenantId, {})).nodes).toHaveLength(1);
    setup.setActive(tenantId, false);
    expect(await category(setup.anonymous(), row.id)).toBeNull();
    const empty = await categories(setup.anonymous(), tenantId, {});
    expect([empty.nodes, await empty.totalCount()]).toEqual([[], 0]);
    expect(await category(as(userOf(tenantId)), row.id)).toMatchObject({ id: row.id });
  });

  test('hide another tenant’s categories; naming another tenant is FORBIDDEN', async () => {
    const other = setup.tenant();
    const row = await setup.category(other);
    const stranger = setup.tenant();
    const ctx = as(administratorOf(stranger));
    expect(await category(ctx, row.id)).toBeNull();
    const unknown = { name: 'Unknown category', isActive: false, tenantId: stranger };
    const missing = newId();
    expect(await categoryReference(ctx, missing)).toMatchObject(unknown);
    expect(await categoryReference(ctx, row.id)).toEqual({
      ...(await categoryReference(ctx, missing)),
      id: row.id,
    });
    expect(await categoryReference(as({ kind: 'service', name: 'booking' }), missing)).toBeNull();
    await expect(categories(ctx, other, {})).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('need a tenant without a session, else BAD_USER_INPUT, or UNAUTHENTICATED with a dead token', async () => {
    await expect(categories(setup.anonymous(), null, {})).rejects.toEqual(thrown('BAD_USER_INPUT'));
    const denied = as({ kind: 'anonymous', hasDeniedSession: true });
    await expect(categories(denied, null, {})).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('page in the order of creation', async () => {
    const tenantId = setup.tenant();
    const ids: string[] = [];
    for (let created = 0; created < 5; created += 1) ids.push((await setup.category(tenantId)).id);
    const ctx = as(userOf(tenantId));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof categories>> = await categories(ctx, null, { first: 2, after });
      seen.push(...page.nodes.map(({ id }) => id));
      expect(await page.totalCount()).toBe(5);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(seen).toEqual(ids);
  });

  test('refuse a cursor of another tenant’s list with BAD_USER_INPUT', async () => {
    const [one, other] = [setup.tenant(), setup.tenant()];
    await setup.category(one);
    const { pageInfo } = await categories(platform, one, {});
    await expect(categories(platform, other, { after: pageInfo.endCursor })).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
  });
});
