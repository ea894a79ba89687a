import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import type { Db } from '@libs/db/connect';
import type { TenantDirectory, TenantProfile } from '@libs/directory/tenants';
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
  type ResourceListFilter,
  type ResourcePageRequest,
  type ResourceScope,
} from './resources/store.ts';

/** Dependencies that live as long as the process. */
export type ContextDeps = {
  db: Db;
  tenants: TenantDirectory;
  /** Announces the change of a resource or category to the processes that keep it in memory. */
  announceChange(id: string): Promise<void>;
};

/** Reads rows of all tenants, deleted ones too: the reader checks who may see a row. */
export type Context = RequestContext &
  ContextDeps & {
    categoryById: DataLoader<string, CategoryRow | null>;
    resourceById: DataLoader<string, ResourceRow | null>;
    statsById: DataLoader<string, Stats>;
    pageOfResources: ParentLoader<
      ResourceScope,
      ResourceListKey & { page: ResourcePageRequest },
      ResourceRow[]
    >;
    resourceCounts: ParentLoader<ResourceScope, ResourceListKey & { filter: ResourceListFilter }, number>;
    /** Undefined for an unknown tenant. */
    tenantById: DataLoader<string, TenantProfile | undefined>;
  };

/** Read by different statements. */
type ResourceListKey = { of: 'TENANT' | 'CATEGORY' };

export function contextOf(base: RequestContext, deps: ContextDeps): Context {
  const { db, tenants } = deps;
  return {
    ...base,
    ...deps,
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
    resourceCounts: parentLoader((scopes, { filter }) => countResourcesOfAllTenants(db, scopes, filter), 0),
    tenantById: new DataLoader((ids) => Promise.all(ids.map((id) => tenants.profile(id)))),
  };
}
