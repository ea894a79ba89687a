import { newId } from '@libs/db/ids';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import { expect, it } from 'vitest';
import { loadCategoryResources } from './categoryResources.ts';

/** Answers as the resource subgraph does, and notes how many it is asked for at once. */
function subgraphWith(categories: Map<string, string[]>) {
  const tenant = { id: newId() };
  const requested: number[] = [];
  const client: SubgraphClient = {
    query: () => Promise.reject(new Error('no query')),
    close: async () => {},
    async entities<T>(_type: string, fields: string, ids: readonly string[]) {
      requested.push(ids.length);
      const [, first = '', after = ''] = /first: (\d+), after: (null|"\d+")/.exec(fields)!;
      const from = after === 'null' ? 0 : Number(JSON.parse(after));
      const to = from + Number(first);
      return ids.map((id) => {
        const all = categories.get(id);
        if (!all) return null;
        const nodes = all.slice(from, to).map((one) => ({ id: one }));
        const pageInfo = { hasNextPage: to < all.length, endCursor: nodes.length > 0 ? String(to) : null };
        return { id, tenant, resources: { nodes, pageInfo } };
      }) as (T | null)[];
    },
  };
  return { client, requested, tenant };
}

const some = (count: number) => Array.from({ length: count }, () => newId());

it('loads the resources of several categories at once, and the further pages of large ones', async () => {
  const [none, few, many, unknown] = some(4) as [string, string, string, string];
  const categories = new Map([
    [none, []],
    [few, some(100)],
    [many, some(1_000)],
  ]);
  const { client, requested, tenant } = subgraphWith(categories);
  expect(await loadCategoryResources(client, [none, few, many, unknown])).toEqual([
    { tenant, resourceIds: [] },
    { tenant, resourceIds: categories.get(few) },
    { tenant, resourceIds: categories.get(many) },
    undefined,
  ]);
  expect(requested).toEqual([4, ...Array.from({ length: 9 }, () => 1)]);
});

it('refuses a category of more than 1,000 resources', async () => {
  const id = newId();
  const { client } = subgraphWith(new Map([[id, some(1_001)]]));
  await expect(loadCategoryResources(client, [id])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});
