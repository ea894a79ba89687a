import { newId } from '@libs/db/ids';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { expect, it } from 'vitest';
import { resourceSource } from './resourceSource.ts';

const LONG = 1_000_000;
const tenant = { id: newId() };
const category = { id: newId(), isActive: true };

/** The resource subgraph, and what it was asked. */
function setup() {
  const stored = new Map<string, { version: string; bytes: number; capacity: number }>();
  const beforeReading: (() => void)[] = [];
  const queries = { versions: [] as string[][], resources: [] as string[][] };
  const client: Pick<SubgraphClient, 'query' | 'entities'> = {
    async query<T>(_query: string, { ids }: Record<string, unknown>) {
      queries.versions.push(ids as string[]);
      const known = (ids as string[]).filter((id) => stored.has(id));
      const versions = known.map((id) => [
        id,
        { version: stored.get(id)!.version, bytes: stored.get(id)!.bytes },
      ]);
      return { versions: Object.fromEntries(versions) } as T;
    },
    async entities<T>(_type: string, _fields: string, ids: readonly string[]) {
      queries.resources.push([...ids]);
      beforeReading.shift()?.();
      return ids.map((id) => {
        const one = stored.get(id);
        if (!one) return null;
        const { capacity } = one;
        const season = { from: '2027-01-01', to: '2027-01-31', name: null };
        const ranges = [{ day: 'MONDAY', start: '08:00:00', end: '24:00:00' }];
        return {
          ...{ id, tenant, category, capacity, rules: NO_OWN_RULES },
          ...{ isActive: true, isDeleted: false, bookingMode: 'SHARED' },
          schedule: { availabilitySchedule: null, seasons: [{ ...season, ranges }], scheduleOverrides: [] },
        } as T;
      });
    },
  };
  const add = (bytes = 10) => {
    const id = newId();
    stored.set(id, { version: '1', bytes, capacity: 1 });
    return id;
  };
  const change = (id: string) => {
    const before = stored.get(id)!;
    stored.set(id, { ...before, version: `${before.version}+`, capacity: before.capacity + 1 });
  };
  const load = resourceSource(client as SubgraphClient);
  const capacities = async (ids: readonly string[]) => (await load(ids)).map((one) => one?.capacity);
  return { stored, beforeReading, queries, add, change, load, capacities };
}

it('reads a resource once, and again when its version is another', async () => {
  const { queries, add, change, load, capacities } = setup();
  const [a, b] = [add(), add()];
  const before = await load([a, b]);
  expect(before[0]).toMatchObject({ id: a, seasons: [{ ranges: [{ start: 28_800, end: 86_400 }] }] });
  expect(await load([a, b])).toEqual(before);
  // The very same objects: what is computed from them is kept.
  expect((await load([a]))[0]).toBe(before[0]);
  expect(queries.resources).toEqual([[a, b]]);
  change(a);
  expect(await capacities([b, a])).toEqual([1, 2]);
  expect(queries.resources).toEqual([[a, b], [a]]);
  expect(queries.versions).toHaveLength(4);
});

it('reads many resources with one query, and each long schedule with one of its own', async () => {
  const { queries, add, load } = setup();
  const short = Array.from({ length: 200 }, () => add());
  const [first, second] = [add(LONG), add(LONG)];
  const found = await load([first, ...short, second]);
  expect(found.map((one) => one!.id)).toEqual([first, ...short, second]);
  expect(queries.resources).toEqual([[first], short, [second]]);
  expect(queries.versions).toHaveLength(1);
});

it('reads a resource again that changed between its version and itself', async () => {
  const { queries, add, change, capacities, beforeReading } = setup();
  const a = add();
  beforeReading.push(() => change(a));
  expect(await capacities([a])).toEqual([2]);
  expect(await capacities([a])).toEqual([2]);
  expect(await capacities([a])).toEqual([2]);
  expect(queries.resources).toEqual([[a], [a]]);
});

it('knows no resource that does not exist, or exists no more', async () => {
  const { stored, queries, add, capacities } = setup();
  const [known, unknown] = [add(), newId()];
  expect(await capacities([unknown, known, unknown, known])).toEqual([undefined, 1, undefined, 1]);
  expect(queries.resources).toEqual([[known]]);
  stored.delete(known);
  expect(await capacities([known])).toEqual([undefined]);
  stored.set(unknown, { version: '1', bytes: 1, capacity: 7 });
  expect(await capacities([unknown])).toEqual([7]);
});
