/** What a tenant's plan allows, with many requests at once. */
import type { TenantId } from '@libs/auth/tenantId';
import { administratorOf, WIDE_LIMITS } from '@libs/testing/contexts';
import { describe, expect, test } from 'vitest';
import { createResourceCategory } from './categories/createResourceCategory.ts';
import { catalogue, refusalsOf, valueOf } from './resource.fixtures.ts';
import { createResource } from './resources/createResource.ts';
import { deleteResource } from './resources/deleteResource.ts';

const { as, category, sql, tenant, setLimits } = await catalogue();
const MAX = 3;

const times = <T>(count: number, create: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, create));
const countOf = async (table: 'resources' | 'resource_categories', tenantId: TenantId): Promise<number> =>
  (await sql`select from ${sql(table)} where tenant_id = ${tenantId} and deleted_at is null`).length;

describe('a tenant’s limit', () => {
  test('of resources holds for many at once; what was deleted makes room, and a lower limit takes nothing away', async () => {
    const tenantId = tenant();
    const ctx = as(administratorOf(tenantId));
    const { id: categoryId } = await category(tenantId);
    setLimits(tenantId, { ...WIDE_LIMITS, resources: MAX });
    const create = () => createResource(ctx, { name: 'Sala', categoryId });
    const outcomes = await times(MAX + 5, create);
    expect(outcomes.flatMap(refusalsOf)).toEqual(Array(5).fill('TOO_MANY '));
    expect(await countOf('resources', tenantId)).toBe(MAX);

    valueOf(await deleteResource(ctx, outcomes.flatMap((one) => (one.ok ? [one.value.id] : []))[0]!));
    expect((await times(2, create)).flatMap(refusalsOf)).toEqual(['TOO_MANY ']);
    setLimits(tenantId, { ...WIDE_LIMITS, resources: 1 });
    expect(refusalsOf(await create())).toEqual(['TOO_MANY ']);
    expect(await countOf('resources', tenantId)).toBe(MAX);
  });

  test('of categories holds for many at once, and for each tenant', async () => {
    const [tenantId, other] = [tenant(), tenant()];
    setLimits(tenantId, { ...WIDE_LIMITS, categories: MAX });
    const create = () =>
      createResourceCategory(as(administratorOf(tenantId)), { name: 'Salas', type: 'PHYSICAL' });
    const outcomes = await times(MAX + 5, create);
    expect(outcomes.flatMap(refusalsOf)).toEqual(Array(5).fill('TOO_MANY '));
    expect(outcomes.find((one) => !one.ok)).toMatchObject({ refusals: [{ params: { max: MAX } }] });
    expect(await countOf('resource_categories', tenantId)).toBe(MAX);
    await times(MAX + 1, () => category(other));
  });
});
