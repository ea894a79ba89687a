/** What the catalogue needs to know of its tenants. */
import type { TenantId } from '@libs/auth/tenantId';
import { isOfCallersTenant, publicTenantFor } from '@libs/auth/tenantId';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';

/** There is no tenant that something could be made for. */
export const tenantNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);

/** Why nothing can be made for the tenant now: it does not exist, or it is inactive; then only the platform prepares things in it. */
export async function tenantUnavailableRefusals(ctx: Context, tenantId: TenantId): Promise<Refusal[]> {
  const tenant = await ctx.tenants.profile(tenantId);
  if (!tenant) return [tenantNotFound()];
  if (tenant.isActive || ctx.caller.kind === 'platform') return [];
  return [refusal('INACTIVE', 'shared.tenantInactive', ['input', 'tenantId'])];
}

/**
 * The tenant whose catalogue the caller reads (see `publicTenantFor`); undefined where the public may not: the tenant is inactive,
 * or there is none.
 */
export async function visibleTenant(
  ctx: Context,
  requestedId: string | null | undefined,
): Promise<TenantId | undefined> {
  const tenantId = publicTenantFor(ctx.caller, requestedId);
  return (await isShown(ctx, tenantId)) ? tenantId : undefined;
}

/** The row where the caller may see it, else null: another tenant's is as if it did not exist. */
export async function visible<Row extends { tenantId: string }>(
  ctx: Context,
  row: Row | null,
): Promise<Row | null> {
  if (!row || !isOfCallersTenant(ctx.caller, row.tenantId)) return null;
  return (await isShown(ctx, row.tenantId)) ? row : null;
}

/** The public sees what active tenants have; who is not the public has been asked for more already. */
async function isShown(ctx: Context, tenantId: string): Promise<boolean> {
  return ctx.caller.kind !== 'anonymous' || ctx.isTenantActive.load(tenantId);
}
