import { administratorOf, newTenantId, platformAdministrator, userOf } from '@libs/testing/contexts';
import { describe, expect, test } from 'vitest';
import { updateResourceCategory } from '../categories/updateResourceCategory.ts';
import type { ResourceFilter } from '../generated.ts';
import { catalogue, thrown, valueOf } from '../resource.fixtures.ts';
import { resource, resources, resourcesOfCategory, type ResourcePage } from './reads.ts';
import { updateResource } from './updateResource.ts';

const setup = await catalogue();
const { as } = setup;
const platform = as(platformAdministrator());

describe('ResourceFilter', async () => {
  const tenantId = setup.tenant();
  const ctx = as(userOf(tenantId));
  const rooms = await setup.category(tenantId);
  const people = await setup.category(tenantId, { name: 'Professores', type: 'HUMAN' });
  await setup.resource(rooms, {
    name: 'Sala 1 - Spinning',
    capacity: 20,
    location: 'Térreo',
    attributes: { projetor: true, som: { marca: 'JBL', caixas: 4 }, tags: ['bike', 'cardio'] },
  });
  await setup.resource(rooms, {
    name: 'SALÃO 100%_dos \\sonhos',
    capacity: 100,
    attributes: { projetor: false },
  });
  await setup.resource(people, { name: 'Ana', description: 'Professora de spinning' });
  const closed = await setup.resource(people, { name: 'Bia' });
  await updateResource(as(administratorOf(tenantId)), { id: closed.id, isActive: false });
  // Another tenant's resources, which match every filter.
  await setup.resource(await setup.category(setup.tenant()), { attributes: { projetor: true } });
  const othersCategory = await setup.category(setup.tenant());

  const all = ['Sala 1 - Spinning', 'SALÃO 100%_dos \\sonhos', 'Ana', 'Bia'];
  test.each<[string, ResourceFilter | null, string[]]>([
    ['nothing', null, all],
    ['nulls', { categoryId: null, type: null, isActive: null, search: null, attributes: null }, all],
    ['a category', { categoryId: people.id }, ['Ana', 'Bia']],
    ['another tenant’s category', { categoryId: othersCategory.id }, []],
    ['a type', { type: 'HUMAN' }, ['Ana', 'Bia']],
    ['the other type', { type: 'PHYSICAL' }, all.slice(0, 2)],
    ['activity', { isActive: false }, ['Bia']],
    ['a least capacity', { minCapacity: 20 }, all.slice(0, 2)],
    ['a greater capacity', { minCapacity: 21 }, all.slice(1, 2)],
    ['part of a name or description, without case', { search: 'SPINNING' }, ['Sala 1 - Spinning', 'Ana']],
    ['part of a location', { search: ' térr ' }, ['Sala 1 - Spinning']],
    ['accented letters without case', { search: 'salão' }, all.slice(1, 2)],
    ['blanks', { search: '  ' }, all],
    ['% as itself', { search: '100%' }, all.slice(1, 2)],
    ['_ as itself', { search: 's_l' }, []],
    ['\\ as itself', { search: '\\son' }, all.slice(1, 2)],
    ['an attribute', { attributes: { projetor: true } }, all.slice(0, 1)],
    ['an attribute within another', { attributes: { som: { marca: 'JBL' } } }, all.slice(0, 1)],
    ['a list that contains', { attributes: { tags: ['cardio'] } }, all.slice(0, 1)],
    ['an attribute of another kind', { attributes: { projetor: 'true' } }, []],
    ['no attribute', { attributes: {} }, all],
    [
      'all of it together',
      { type: 'PHYSICAL', isActive: true, minCapacity: 5, search: 'sala' },
      all.slice(0, 1),
    ],
  ])('finds by %s, with an equal count', async (_, filter, names) => {
    const page = await resources(ctx, null, filter, {});
    expect(page.nodes.map(({ name }) => name)).toEqual(names);
    expect(await page.totalCount()).toBe(names.length);
  });

  test('matches the current type of the category', async () => {
    await updateResourceCategory(as(administratorOf(tenantId)), { id: rooms.id, type: 'HUMAN' });
    expect((await resources(ctx, null, { type: 'PHYSICAL' }, {})).nodes).toEqual([]);
    await updateResourceCategory(as(administratorOf(tenantId)), { id: rooms.id, type: 'PHYSICAL' });
  });
});

describe('a list of resources', () => {
  test('pages through a filter while resources are added and changed', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const row = await setup.category(tenantId);
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.push((await setup.resource(row, { capacity: 1 + (n % 2) })).id);
    const wanted = ids.filter((_, n) => n % 2 === 1);
    const first = await resources(ctx, null, { minCapacity: 2 }, { first: 2 });
    await updateResource(ctx, { id: ids[1]!, name: 'Zzz' });
    const last = await setup.resource(row, { capacity: 9 });
    const second = await resources(
      ctx,
      null,
      { minCapacity: 2 },
      { first: 2, after: first.pageInfo.endCursor },
    );
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual([...wanted, last.id]);
  });

  test('is sorted by name as an alphabet is, in both directions and from both ends', async () => {
    const tenantId = setup.tenant();
    const ctx = as(administratorOf(tenantId));
    const row = await setup.category(tenantId);
    const names = ['Água', 'agua', 'Ana', 'bruno', 'Bruno', 'Élan', 'Zeca', 'Zeca'];
    for (const name of names.toReversed()) await setup.resource(row, { name });
    const sorted = ['agua', 'Água', 'Ana', 'bruno', 'Bruno', 'Élan', 'Zeca', 'Zeca'];
    for (const direction of ['ASC', 'DESC'] as const) {
      const orderBy = { field: 'NAME', direction } as const;
      const expected = direction === 'ASC' ? sorted : sorted.toReversed();
      const forward: string[] = [];
      for (let after: string | null = null; ;) {
        const page: ResourcePage = await resources(ctx, null, null, { orderBy, first: 3, after });
        forward.push(...page.nodes.map(({ name }) => name));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(forward).toEqual(expected);
      const last = await resourcesOfCategory(ctx, row, { orderBy, last: 3 });
      expect(last.nodes.map(({ name }) => name)).toEqual(expected.slice(-3));
      const { startCursor: before } = last.pageInfo;
      await expect(resources(ctx, null, null, { before })).rejects.toEqual(thrown('BAD_USER_INPUT'));
    }
  });

  test('accepts its own cursors only', async () => {
    const [one, other] = [setup.tenant(), setup.tenant()];
    const row = await setup.category(one);
    await setup.resource(row);
    const { pageInfo } = await resources(platform, one, null, {});
    const forged = Buffer.from(JSON.stringify([`resources of ${one}`, "' or true --"])).toString('base64url');
    const askWith = (tenantId: string, after: string | null) =>
      resources(platform, tenantId, null, { after });
    await expect(askWith(other, pageInfo.endCursor)).rejects.toEqual(thrown('BAD_USER_INPUT'));
    for (const after of ['', 'x', forged, Buffer.from('[]').toString('base64url')]) {
      await expect(askWith(one, after)).rejects.toEqual(thrown('BAD_USER_INPUT'));
    }
  });
});

describe('access to resources', () => {
  test('is open to everyone for an active tenant, inactive resources included, and needs a session for an inactive one', async () => {
    const tenantId = setup.tenant();
    const created = await setup.resource(await setup.category(tenantId));
    valueOf(await updateResource(as(administratorOf(tenantId)), { id: created.id, isActive: false }));
    for (const ctx of [setup.anonymous(), as(userOf(tenantId)), platform]) {
      expect(await resource(ctx, created.id)).toMatchObject({ id: created.id, isActive: false });
      expect((await resources(ctx, tenantId, null, {})).nodes).toHaveLength(1);
    }
    setup.setActive(tenantId, false);
    expect(await resource(setup.anonymous(), created.id)).toBeNull();
    expect((await resources(setup.anonymous(), tenantId, null, {})).nodes).toEqual([]);
    expect(await resource(platform, created.id)).not.toBeNull();
  });

  test('is denied to other tenants as if nothing existed; naming another tenant is FORBIDDEN', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.resource(await setup.category(tenantId));
    const stranger = as(administratorOf(setup.tenant()));
    expect(await resource(stranger, id)).toBeNull();
    await expect(resources(stranger, tenantId, null, {})).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('needs a named tenant without a session and for the platform; an unknown tenant has none', async () => {
    await expect(resources(setup.anonymous(), null, null, {})).rejects.toEqual(thrown('BAD_USER_INPUT'));
    await expect(resources(platform, null, null, {})).rejects.toEqual(thrown('BAD_USER_INPUT'));
    expect((await resources(platform, newTenantId(), null, {})).nodes).toEqual([]);
  });
});
