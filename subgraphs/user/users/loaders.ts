/** Batches of one request: what many parents ask of users in the same moment is one statement. */
import type { UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import DataLoader from 'dataloader';
import {
  countUsersOfAllTenants,
  listUsersOfAllTenants,
  usersByIdOfAllTenants,
  type UserListFilter,
} from './store.ts';

export type PageKey = {
  tenantId: TenantId;
  filter: UserListFilter;
  afterId: string | undefined;
  /** Rows to read. */
  limit: number;
};
export type CountKey = Pick<PageKey, 'tenantId' | 'filter'>;

export type UserLoaders = {
  /** Of all tenants, deleted ones too: who may see the row is the reader's to say. */
  userById: DataLoader<string, UserRow | null>;
  userPages: DataLoader<PageKey, UserRow[], string>;
  userCounts: DataLoader<CountKey, number, string>;
};

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Runs `load` once for the tenants of all keys that are otherwise equal. */
async function byTenants<Key extends { tenantId: TenantId }, Value>(
  keys: readonly Key[],
  load: (tenantIds: TenantId[], key: Key) => Promise<(tenantId: TenantId) => Value>,
): Promise<Value[]> {
  const groups = grouped(keys, (key) => JSON.stringify({ ...key, tenantId: '' }));
  const values = new Map<Key, Value>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const valueOf = await load(
        group.map((key) => key.tenantId),
        group[0]!,
      );
      for (const key of group) values.set(key, valueOf(key.tenantId));
    }),
  );
  return keys.map((key) => values.get(key)!);
}

/** The loaders of one request. */
export function userLoaders(db: Db): UserLoaders {
  return {
    userById: new DataLoader(async (ids) => {
      const rows = new Map((await usersByIdOfAllTenants(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    }),
    userPages: new DataLoader(
      (keys) =>
        byTenants(keys, async (tenantIds, page) => {
          const rows = grouped(await listUsersOfAllTenants(db, tenantIds, page), (row) => row.tenantId);
          return (tenantId) => rows.get(tenantId) ?? [];
        }),
      { cacheKeyFn: JSON.stringify },
    ),
    userCounts: new DataLoader(
      (keys) =>
        byTenants(keys, async (tenantIds, { filter }) => {
          const counts = await countUsersOfAllTenants(db, tenantIds, filter);
          return (tenantId) => counts.get(tenantId) ?? 0;
        }),
      { cacheKeyFn: JSON.stringify },
    ),
  };
}
