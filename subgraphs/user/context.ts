import type { ApiKeyRow, UserRow } from '@drizzle/user/tables';
import type { AccessTokens } from '@libs/auth/accessToken';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { TenantDirectory } from '@libs/directory/tenants';
import { parentLoader, rowLoader, type ParentLoader } from '@libs/graphql/batchLoaders';
import type { RequestContext } from '@libs/graphql/context';
import type DataLoader from 'dataloader';
import type { RecordKeyUse } from './apiKeys/recordKeyUse.ts';
import { apiKeysOfAllTenants } from './apiKeys/store.ts';
import type { PersonalDataSources } from './personalData/sources.ts';
import type { SessionRules } from './sessions/rules.ts';
import {
  countUsersOfAllTenants,
  listUsersOfAllTenants,
  usersByIdOfAllTenants,
  type UserListFilter,
  type UserPageRequest,
} from './users/store.ts';

/** Dependencies that live as long as the process. */
export type ContextDeps = {
  db: Db;
  tenants: Pick<TenantDirectory, 'profile' | 'byDomain'>;
  accessTokens: AccessTokens;
  sessionRules: SessionRules;
  /** Announces a user's change to the processes that keep the user in memory. */
  announceChange(id: string): Promise<void>;
  recordKeyUse: RecordKeyUse;
  personalData: PersonalDataSources;
};

type Tenant = { id: TenantId };

/** Reads rows of all tenants, deleted users too: the reader checks who may see a row. */
export type Context = RequestContext &
  ContextDeps & {
    userById: DataLoader<string, UserRow | null>;
    pageOfUsers: ParentLoader<Tenant, UserPageRequest, UserRow[]>;
    countOfUsers: ParentLoader<Tenant, UserListFilter, number>;
    apiKeysOfTenant: ParentLoader<{ id: string }, null, ApiKeyRow[]>;
  };

const idsOf = (tenants: readonly Tenant[]): TenantId[] => tenants.map(({ id }) => id);

export function contextOf(base: RequestContext, deps: ContextDeps): Context {
  const { db } = deps;
  return {
    ...base,
    ...deps,
    userById: rowLoader(
      (ids) => usersByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    pageOfUsers: parentLoader((tenants, page) => listUsersOfAllTenants(db, idsOf(tenants), page), []),
    countOfUsers: parentLoader((tenants, filter) => countUsersOfAllTenants(db, idsOf(tenants), filter), 0),
    apiKeysOfTenant: parentLoader(
      (tenants) =>
        apiKeysOfAllTenants(
          db,
          tenants.map(({ id }) => id),
        ),
      [],
    ),
  };
}
