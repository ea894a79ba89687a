import type { Caller } from '@libs/auth/caller';
import { newId } from '@libs/db/ids';
import { UNKNOWN_ID } from '@libs/graphql/missingReferences';
import { administratorOf, platformAdministrator, userOf } from '@libs/testing/contexts';
import { describe, expect, test } from 'vitest';
import { deleteResourceCategory } from './categories/deleteResourceCategory.ts';
import { catalogue, valueOf } from './resource.fixtures.ts';
import { deleteResource } from './resources/deleteResource.ts';

const setup = await catalogue();
const { as, ask } = setup;
const platform = as(platformAdministrator());
const booking = as({ kind: 'service', name: 'booking' });

type Listed = { totalCount: number; nodes: { capacity: number }[]; pageInfo: { hasNextPage: boolean } };

const entities = (type: string, fields: string) =>
  `query ($representations: [_Any!]!) { found: _entities(representations: $representations) { ... on ${type} ${fields} } }`;
const representations = (type: string, ids: string[]) => ({
  representations: ids.map((id) => ({ __typename: type, id })),
});

describe('another tenant’s ids', async () => {
  const tenantId = setup.tenant();
  const category = await setup.category(tenantId);
  const resource = await setup.resource(category);
  const stranger = setup.tenant();
  const own = await setup.category(stranger);
  const ownResource = await setup.resource(own);

  const notFound = [{ code: 'NOT_FOUND' }];
  const refused = { userErrors: notFound };
  const documents: [string, string, string, unknown][] = [
    ['Query.resource', '($id: ID!) { it: resource(id: $id) { id } }', resource.id, null],
    ['Query.resourceCategory', '($id: ID!) { it: resourceCategory(id: $id) { id } }', category.id, null],
    [
      'ResourceFilter.categoryId',
      '($id: ID!) { it: resources(filter: { categoryId: $id }) { nodes { id } totalCount } }',
      category.id,
      { nodes: [], totalCount: 0 },
    ],
    ...[
      `createResource(input: { categoryId: $id, name: "x" })`,
      `updateResourceCategory(input: { id: $id, name: "x" })`,
      `deleteResourceCategory(id: $id)`,
      `updateResource(input: { id: "${ownResource.id}", categoryId: $id })`,
    ].map((field): [string, string, string, unknown] => [
      field,
      `($id: ID!) { it: ${field} { userErrors { code } } }`,
      category.id,
      refused,
    ]),
    ...[`updateResource(input: { id: $id, name: "x" })`, `deleteResource(id: $id)`].map(
      (field): [string, string, string, unknown] => [
        field,
        `($id: ID!) { it: ${field} { userErrors { code } } }`,
        resource.id,
        refused,
      ],
    ),
  ];

  test.each(documents)('are treated by %s like unknown ones', async (_, document, id, nothing) => {
    const operation = document.includes('userErrors') ? `mutation ${document}` : `query ${document}`;
    const ctx = as(administratorOf(stranger));
    expect(await ask(ctx, operation, { id: newId() })).toMatchObject({ data: { it: nothing }, codes: [] });
    expect(await ask(ctx, operation, { id })).toMatchObject({ data: { it: nothing }, codes: [] });
    expect(await ask(ctx, operation, { id: id.toUpperCase() })).toMatchObject({ data: { it: nothing } });
  });

  test.each([
    ['resources', 'query ($id: ID) { resources(tenantId: $id) { nodes { id } } }'],
    ['resourceCategories', 'query ($id: ID) { resourceCategories(tenantId: $id) { nodes { id } } }'],
    [
      'createResource',
      `mutation ($id: ID) { createResource(input: { tenantId: $id, categoryId: "${own.id}", name: "x" }) { userErrors { code } } }`,
    ],
    [
      'createResourceCategory',
      'mutation ($id: ID) { createResourceCategory(input: { tenantId: $id, type: HUMAN, name: "x" }) { userErrors { code } } }',
    ],
  ])('are FORBIDDEN as tenantId of %s', async (_, document) => {
    const ctx = as(administratorOf(stranger));
    expect((await ask(ctx, document, { id: tenantId })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(ctx, document, { id: stranger })).codes).toEqual([]);
  });

  test('resolve as references like unknown ones, and a reference to their tenant lists nothing', async () => {
    const ctx = as(administratorOf(stranger));
    const missing = newId();
    const ofResource = await ask(
      ctx,
      entities(
        'Resource',
        '{ id name isActive tenant { id } category { id name isActive } stats { bookingsCreated } }',
      ),
      representations('Resource', [resource.id, ownResource.id, missing]),
    );
    const unknown = {
      name: 'Unknown resource',
      isActive: false,
      tenant: { id: stranger },
      category: { id: UNKNOWN_ID, name: 'Unknown category', isActive: false },
      stats: { bookingsCreated: 0 },
    };
    expect(ofResource.data.found).toMatchObject([
      { id: resource.id, ...unknown },
      { id: ownResource.id, name: ownResource.name },
      { id: missing, ...unknown },
    ]);
    const ofCategory = await ask(
      ctx,
      entities('ResourceCategory', '{ id name isActive tenant { id } resources { totalCount } }'),
      representations('ResourceCategory', [category.id, missing]),
    );
    const nothing = {
      name: 'Unknown category',
      isActive: false,
      tenant: { id: stranger },
      resources: { totalCount: 0 },
    };
    expect(ofCategory.data.found).toEqual([
      { id: category.id, ...nothing },
      { id: missing, ...nothing },
    ]);
    const ofTenant = await ask(
      ctx,
      entities('Tenant', '{ resources { nodes { id } } }'),
      representations('Tenant', [tenantId]),
    );
    expect(ofTenant.codes).toEqual(['FORBIDDEN']);
  });

  test('have left their rows unchanged', async () => {
    const { data } = await ask(
      platform,
      'query ($id: ID!) { resource(id: $id) { name category { name } } }',
      { id: resource.id },
    );
    expect(data.resource).toEqual({ name: resource.name, category: { name: category.name } });
  });
});

describe('attributes', () => {
  test('are equal from a literal and a variable, and found by both', async () => {
    const tenantId = setup.tenant();
    const admin = as(administratorOf(tenantId));
    const { id: categoryId } = await setup.category(tenantId);
    const attributes = { projetor: true, som: { caixas: [1, 2.5, null] } };
    const literal = '{ projetor: true, som: { caixas: [1, 2.5, null] } }';
    const create = (value: string) => `mutation ($categoryId: ID!, $attributes: JSONObject) {
      it: createResource(input: { categoryId: $categoryId, name: "Sala", attributes: ${value} }) { resource { id attributes } } }`;
    const update = (value: string) => `mutation ($id: ID!, $attributes: JSONObject) {
      it: updateResource(input: { id: $id, attributes: ${value} }) { resource { id attributes } } }`;
    for (const value of [literal, '$attributes']) {
      const created = await ask(admin, create(value), { categoryId, attributes });
      expect(created).toMatchObject({ data: { it: { resource: { attributes } } }, codes: [] });
      const changed = await ask(admin, update(value), { id: created.data.it.resource.id, attributes });
      expect(changed).toMatchObject({ data: { it: { resource: { attributes } } }, codes: [] });
      const found = `query ($attributes: JSONObject) { resources(filter: { attributes: ${value} }) { totalCount } }`;
      expect((await ask(admin, found, { attributes })).data.resources.totalCount).toBeGreaterThan(0);
    }
  });
});

describe('references', () => {
  test('show our own subgraphs everything that bookings depend on, also deleted resources in deleted categories', async () => {
    const tenantId = setup.tenant();
    const category = await setup.category(tenantId);
    const schedule = [{ day: 'FRIDAY' as const, start: 21_600, end: 86_400 }] as never;
    const kept = await setup.resource(await setup.category(tenantId), { availabilitySchedule: schedule });
    const deleted = await setup.resource(category);
    const admin = as(administratorOf(tenantId));
    valueOf(await deleteResource(admin, deleted.id));
    valueOf(await deleteResourceCategory(admin, category.id));
    const fields =
      '{ id isActive availabilitySchedule { day start end } tenant { id } category { id isActive } }';
    const missing = newId();
    const answer = await ask(
      booking,
      entities('Resource', fields),
      representations('Resource', [kept.id, missing, deleted.id]),
    );
    expect(answer.data.found).toEqual([
      {
        id: kept.id,
        isActive: true,
        availabilitySchedule: [{ day: 'FRIDAY', start: '06:00:00', end: '24:00:00' }],
        tenant: { id: tenantId },
        category: { id: kept.categoryId, isActive: true },
      },
      null,
      {
        id: deleted.id,
        isActive: false,
        availabilitySchedule: null,
        tenant: { id: tenantId },
        category: { id: category.id, isActive: false },
      },
    ]);
    expect(answer.statements).toHaveLength(2);
  });

  test('with malformed ids are BAD_USER_INPUT', async () => {
    const answer = await ask(booking, entities('Resource', '{ id }'), representations('Resource', ['1']));
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('nested lists', async () => {
  const tenants = [setup.tenant(), setup.tenant(), setup.tenant()];
  const categories = [];
  for (const tenantId of tenants) {
    for (let n = 0; n < 4; n += 1)
      categories.push(await setup.category(tenantId, { name: `Categoria ${n}` }));
  }
  for (const [index, category] of categories.entries()) {
    for (let n = 0; n < index % 4; n += 1) await setup.resource(category, { capacity: n + 1 });
  }

  test('read a page of resources of all categories in one statement, and the counts in another', async () => {
    const document = `query ($tenantId: ID) { resourceCategories(tenantId: $tenantId) { nodes {
      name resources(first: 2) { totalCount nodes { capacity category { name } } pageInfo { hasNextPage } }
    } } }`;
    const { data, statements } = await ask(as(userOf(tenants[1]!)), document);
    const lists = data.resourceCategories.nodes.map(({ resources }: { resources: Listed }) => [
      resources.totalCount,
      resources.nodes.map(({ capacity }) => capacity),
      resources.pageInfo.hasNextPage,
    ]);
    expect(lists).toEqual([
      [0, [], false],
      [1, [1], false],
      [2, [1, 2], false],
      [3, [1, 2], true],
    ]);
    expect(statements).toHaveLength(4);
  });

  test('do the same for tenants, each with its own next page', async () => {
    const document = entities(
      'Tenant',
      '{ id resources(first: 4, filter: { minCapacity: 1 }) { totalCount nodes { tenant { id } } pageInfo { endCursor } } }',
    );
    const { data, statements } = await ask(platform, document, representations('Tenant', tenants));
    expect(statements).toHaveLength(2);
    for (const [index, tenant] of data.found.entries()) {
      expect(tenant.resources.totalCount).toBe(6);
      expect(tenant.resources.nodes).toEqual(
        Array.from({ length: 4 }, () => ({ tenant: { id: tenants[index] } })),
      );
      const next = await ask(
        platform,
        'query ($id: ID, $after: String) { resources(tenantId: $id, after: $after) { nodes { id } } }',
        { id: tenant.id, after: tenant.resources.pageInfo.endCursor },
      );
      expect(next.data.resources.nodes).toHaveLength(2);
    }
  });

  test('are not stale after a later mutation of the same request', async () => {
    const admin = as(administratorOf(tenants[0]!));
    const category = await setup.category(tenants[0]!, { name: 'Antes' });
    const { id } = await setup.resource(category);
    const document = `mutation ($id: ID!, $categoryId: ID!) {
      a: updateResource(input: { id: $id, capacity: 2 }) { resource { category { name } } }
      b: updateResourceCategory(input: { id: $categoryId, name: "Depois" }) { category { name } }
      c: updateResource(input: { id: $id, capacity: 3 }) { resource { category { name } } }
    }`;
    const { data } = await ask(admin, document, { id, categoryId: category.id });
    expect(data.a.resource.category.name).toBe('Antes');
    expect(data.c.resource.category.name).toBe('Depois');
  });
});

describe('access', () => {
  test.each<[string, Caller | null, string[]]>([
    ['nobody', null, ['UNAUTHENTICATED']],
    ['a service', { kind: 'service', name: 'booking' }, ['FORBIDDEN']],
    ['the platform administrator', platformAdministrator(), []],
  ])('to statistics gives %s the errors %j', async (_, caller, codes) => {
    const { id } = await setup.resource(await setup.category(setup.tenant()));
    const document = 'query ($id: ID!) { resource(id: $id) { name stats { bookingsCreated lastBookedAt } } }';
    const answer = await ask(caller ? as(caller) : setup.anonymous(), document, { id });
    expect(answer.codes).toEqual(codes);
    if (codes.length === 0)
      expect(answer.data.resource.stats).toEqual({ bookingsCreated: 0, lastBookedAt: null });
  });

  test('without a session covers an active tenant’s resources and categories, except deleted ones', async () => {
    const tenantId = setup.tenant();
    const category = await setup.category(tenantId);
    const { id } = await setup.resource(category);
    const deleted = await setup.resource(category);
    valueOf(await deleteResource(as(administratorOf(tenantId)), deleted.id));
    const document = `query ($tenantId: ID!) { resourceCategories(tenantId: $tenantId) { nodes { tenant { id } resources { nodes { id attributes } } } } }`;
    const { data, codes } = await ask(setup.anonymous(), document, { tenantId });
    expect(codes).toEqual([]);
    expect(data.resourceCategories.nodes).toEqual([
      { tenant: { id: tenantId }, resources: { nodes: [{ id, attributes: {} }] } },
    ]);
    const reference = await ask(
      setup.anonymous(),
      entities('Resource', '{ id name }'),
      representations('Resource', [deleted.id, id]),
    );
    expect(reference.data.found).toMatchObject([{ id: deleted.id, name: 'Unknown resource' }, { id }]);
  });
});
