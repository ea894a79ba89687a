import type { TenantRow } from '@drizzle/tenant/tables';
import { ANONYMOUS, requirePlatformAdministrator, requireKnownCaller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { byId, type PageArgs } from '@libs/db/keysetPages';
import { readConnection, type Connection } from '@libs/graphql/connections';
import { missing } from '@libs/graphql/missingReferences';
import type { Context } from '../context.ts';
import { canSeeTenant } from './access.ts';
import { unknownTenant } from './placeholder.ts';
import { domainKey } from './rules.ts';
import { settingsOf } from './settings.ts';
import {
  countOfAllTenants,
  findTenant,
  listOfAllTenants,
  tenantByDomainOfAllTenants,
  type TenantListFilter,
} from './store.ts';

export type TenantPage = Connection<TenantRow>;

/** The tenant if the caller may see it, else null. UNAUTHENTICATED without a session. */
export async function tenant(ctx: Context, id: string): Promise<TenantRow | null> {
  if (ctx.caller.kind !== 'service') requireKnownCaller(ctx.caller);
  const row = await findTenant(id as TenantId, ctx.db);
  return row && canSeeTenant(ctx.caller, row) ? row : null;
}

/** The active tenant with this domain; our own subgraphs find inactive ones too. Public. */
export async function tenantByDomain(ctx: Context, domain: string): Promise<TenantRow | null> {
  const row = await tenantByDomainOfAllTenants(ctx.db, domainKey(domain));
  return row && (ctx.caller.kind === 'service' || canSeeTenant(ANONYMOUS, row)) ? row : null;
}

/** A tenant referred to by another subgraph; a placeholder if missing or hidden from the caller. */
export async function tenantReference(ctx: Context, id: string): Promise<TenantRow | null> {
  const row = await ctx.tenantById.load(id);
  if (row && canSeeTenant(ctx.caller, row)) return row;
  if (ctx.caller.kind === 'service') return null;
  return unknownTenant(await missing(ctx, 'Tenant', id, 'tenant.unknownName'));
}

/** By creation. Platform administrators only. */
export async function tenants(ctx: Context, filter: TenantListFilter, args: PageArgs): Promise<TenantPage> {
  requirePlatformAdministrator(ctx.caller);
  return readConnection(
    byId<TenantRow>('tenants'),
    args,
    (range) => listOfAllTenants(ctx.db, filter, range),
    () => countOfAllTenants(ctx.db, filter),
  );
}

export async function zoneIfExists(db: Db, tenantId: TenantId): Promise<string | undefined> {
  const row = await findTenant(tenantId, db);
  return row && settingsOf(row.settings).timezone;
}

/** The tenant's zone; the default for a tenant that does not exist. */
export const zoneOfTenant = async (db: Db, tenantId: TenantId): Promise<string> =>
  (await zoneIfExists(db, tenantId)) ?? settingsOf({}).timezone;

/** Empty if there is no such tenant, or the database is down. */
export async function localeOfTenant(db: Db, id: string): Promise<string> {
  try {
    const row = await findTenant(id as TenantId, db);
    return row ? settingsOf(row.settings).locale : '';
  } catch {
    return '';
  }
}
