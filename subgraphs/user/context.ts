/** What the resolvers and verbs of this subgraph are given. */
import type { AccessTokens } from '@libs/auth/accessToken';
import type { Db } from '@libs/db/connect';
import type { Tenants } from '@libs/directory/tenants';
import type { RequestContext } from '@libs/graphql/context';
import type { SessionRules } from './sessions/rules.ts';
import { userLoaders, type UserLoaders } from './users/loaders.ts';

/** What lives as long as the process. */
export type Parts = {
  db: Db;
  /** The tenants as the tenant subgraph knows them. */
  tenants: Pick<Tenants, 'profile' | 'byDomain'>;
  accessTokens: AccessTokens;
  sessionRules: SessionRules;
};

export type Context = RequestContext & Parts & UserLoaders;

/** The context of one request. */
export const contextOf = (base: RequestContext, parts: Parts): Context => ({
  ...base,
  ...parts,
  ...userLoaders(parts.db),
});
