/** The lists of resources that one request asks for at once: same part, same filter, one statement for all of their scopes. */
import type { ResourceRow } from '@drizzle/resource/tables';
import type { Queryable } from '@libs/db/inTransaction';
import DataLoader from 'dataloader';
import {
  countResourcesOfAllTenants,
  listResourcesOfAllTenants,
  type Filter,
  type Part,
  type Scope,
} from './store.ts';

export type PartAsk = { scope: Scope; part: Part };
export type CountAsk = { scope: Scope; filter: Filter };

/** A scope's name: of a category its id, of a whole tenant the tenant's. */
export const scopeId = ({ tenantId, categoryId }: Scope): string => categoryId ?? tenantId;

/** As Map.groupBy, which Node 20 lacks. */
function grouped<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Answers asks in groups of one question and one kind of scope; `answer` finds what each scope (by its id) is told. */
function batched<Ask extends { scope: Scope }, Answer>(
  questionOf: (ask: Ask) => unknown,
  answer: (scopes: Scope[], ask: Ask) => Promise<(id: string) => Answer>,
): DataLoader<Ask, Answer> {
  return new DataLoader<Ask, Answer>(
    async (asks) => {
      const groups = grouped(asks, (ask) =>
        JSON.stringify([ask.scope.categoryId === undefined, questionOf(ask)]),
      );
      const answers = new Map<Ask, Answer>();
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const scopes = new Map(group.map(({ scope }) => [scopeId(scope), scope]));
          const answerOf = await answer([...scopes.values()], group[0]!);
          for (const ask of group) answers.set(ask, answerOf(scopeId(ask.scope)));
        }),
      );
      return asks.map((ask) => answers.get(ask)!);
    },
    { cache: false },
  );
}

/** A part of a scope's list, by id. */
export const partLoader = (db: Queryable): DataLoader<PartAsk, ResourceRow[]> =>
  batched(
    ({ part }) => part,
    async (scopes, { scope, part }) => {
      const rows = await listResourcesOfAllTenants(db, scopes, part);
      const parts = grouped(rows, (row) => (scope.categoryId === undefined ? row.tenantId : row.categoryId));
      return (id) => parts.get(id) ?? [];
    },
  );

/** How many resources a scope's list has. */
export const countLoader = (db: Queryable): DataLoader<CountAsk, number> =>
  batched(
    ({ filter }) => filter,
    async (scopes, { filter }) => {
      const rows = await countResourcesOfAllTenants(db, scopes, filter);
      const counts = new Map(rows.map(({ tenantId, categoryId, n }) => [categoryId ?? tenantId, n]));
      return (id) => counts.get(id) ?? 0;
    },
  );
