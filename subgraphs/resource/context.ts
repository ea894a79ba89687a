/** What the resolvers and verbs of this subgraph are given. */
import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import type { Db } from '@libs/db/connect';
import type { Tenants } from '@libs/directory/tenants';
import type { RequestContext } from '@libs/graphql/context';
import { parentLoader, rowLoader, type ParentLoader } from '@libs/graphql/batchLoaders';
import DataLoader from 'dataloader';
import { categoriesByIdOfAllTenants } from './categories/store.ts';
import { NO_STATS, type Stats } from './resources/stats.ts';
import { statsByResourceOfAllTenants } from './resources/statsStore.ts';
import {
  countResourcesOfAllTenants,
  listResourcesOfAllTenants,
  resourcesByIdOfAllTenants,
  type Filter,
  type PageRequest,
  type Scope,
} from './resources/store.ts';

/** What lives as long as the process. */
export type Parts = { db: Db; tenants: Tenants };

/** Loaders know all tenants, and deleted rows too: who may see a row is the reader's to say. */
export type Context = RequestContext &
  Parts & {
    categoryById: DataLoader<string, CategoryRow | null>;
    resourceById: DataLoader<string, ResourceRow | null>;
    /** By the resource's id. */
    statsById: DataLoader<string, Stats>;
    pageOfResources: ParentLoader<Scope, ResourceListKey & { page: PageRequest }, ResourceRow[]>;
    countOfResources: ParentLoader<Scope, ResourceListKey & { filter: Filter }, number>;
    /** False too where there is no such tenant. */
    isTenantActive: DataLoader<string, boolean>;
  };

/** Lists of tenants and lists of categories are read by different statements. */
type ResourceListKey = { of: 'TENANT' | 'CATEGORY' };

/** The context of one request. */
export function contextOf(base: RequestContext, parts: Parts): Context {
  const { db, tenants } = parts;
  return {
    ...base,
    ...parts,
    categoryById: rowLoader(
      (ids) => categoriesByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    resourceById: rowLoader(
      (ids) => resourcesByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    statsById: rowLoader(
      (ids) => statsByResourceOfAllTenants(db, ids),
      ({ resourceId }) => resourceId,
      NO_STATS,
    ),
    pageOfResources: parentLoader((scopes, { page }) => listResourcesOfAllTenants(db, scopes, page), []),
    countOfResources: parentLoader((scopes, { filter }) => countResourcesOfAllTenants(db, scopes, filter), 0),
    isTenantActive: new DataLoader(async (ids) =>
      Promise.all(ids.map(async (id) => (await tenants.profile(id))?.isActive ?? false)),
    ),
  };
}
