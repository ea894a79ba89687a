/** What the resolvers and verbs of this subgraph are given. */
import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import type { Db } from '@libs/db/connect';
import type { Tenants } from '@libs/directory/tenants';
import type { RequestContext } from '@libs/graphql/context';
import DataLoader from 'dataloader';
import { categoriesByIdOfAllTenants } from './categories/store.ts';
import { countLoader, partLoader, type CountAsk, type PartAsk } from './resources/lists.ts';
import { NO_STATS, type Stats } from './resources/stats.ts';
import { statsByResourceOfAllTenants } from './resources/statsStore.ts';
import { resourcesByIdOfAllTenants } from './resources/store.ts';

/** What lives as long as the process. */
export type Parts = { db: Db; tenants: Tenants };

/** Loaders know all tenants, and deleted rows too: who may see a row is the reader's to say. */
export type Context = RequestContext &
  Parts & {
    categoryById: DataLoader<string, CategoryRow | null>;
    resourceById: DataLoader<string, ResourceRow | null>;
    /** By the resource's id. */
    statsById: DataLoader<string, Stats>;
    partOfResources: DataLoader<PartAsk, ResourceRow[]>;
    countOfResources: DataLoader<CountAsk, number>;
    /** False too where there is no such tenant. */
    isTenantActive: DataLoader<string, boolean>;
  };

/** Loads in batches, each id once, and remembers nothing: of several mutations in one request the later must not see old rows. */
function byId<Row, Missing>(
  load: (ids: readonly string[]) => Promise<Row[]>,
  idOf: (row: Row) => string,
  missing: Missing,
): DataLoader<string, Row | Missing> {
  return new DataLoader<string, Row | Missing>(
    async (ids) => {
      const rows = await load([...new Set(ids)]);
      const found = new Map(rows.map((row) => [idOf(row), row]));
      return ids.map((id) => found.get(id) ?? missing);
    },
    { cache: false },
  );
}

/** The context of one request. */
export function contextOf(base: RequestContext, parts: Parts): Context {
  const { db, tenants } = parts;
  return {
    ...base,
    ...parts,
    categoryById: byId(
      (ids) => categoriesByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    resourceById: byId(
      (ids) => resourcesByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    statsById: byId(
      (ids) => statsByResourceOfAllTenants(db, ids),
      ({ resourceId }) => resourceId,
      NO_STATS,
    ),
    partOfResources: partLoader(db),
    countOfResources: countLoader(db),
    isTenantActive: new DataLoader(async (ids) =>
      Promise.all(ids.map(async (id) => (await tenants.profile(id))?.isActive ?? false)),
    ),
  };
}
