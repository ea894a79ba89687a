/** Whose resources and categories a caller may read or create. */
import type { Caller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { isOfCallersTenant, publicTenantFor } from '@libs/auth/tenantId';
import type { TenantProfile } from '@libs/directory/tenants';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';

export const tenantNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);

/** Refuses NOT_FOUND and INACTIVE: only the platform prepares an inactive tenant. */
export function tenantUnavailableRefusals(caller: Caller, tenant: TenantProfile | undefined): Refusal[] {
  if (!tenant) return [tenantNotFound()];
  if (tenant.isActive || caller.kind === 'platform') return [];
  return [refusal('INACTIVE', 'shared.tenantInactive', ['input', 'tenantId'])];
}

/** The tenant whose resources the caller reads (see `publicTenantFor`); undefined if inactive or unknown to the public. */
export async function visibleTenant(
  ctx: Context,
  requestedId: string | null | undefined,
): Promise<TenantId | undefined> {
  const tenantId = publicTenantFor(ctx.caller, requestedId);
  return (await isShown(ctx, tenantId)) ? tenantId : undefined;
}

export async function visible<Row extends { tenantId: string }>(
  ctx: Context,
  row: Row | null,
): Promise<Row | null> {
  if (!row || !isOfCallersTenant(ctx.caller, row.tenantId)) return null;
  return (await isShown(ctx, row.tenantId)) ? row : null;
}

/** Other callers than the public were checked already. */
async function isShown(ctx: Context, tenantId: string): Promise<boolean> {
  if (ctx.caller.kind !== 'anonymous') return true;
  return (await ctx.tenantById.load(tenantId))?.isActive ?? false;
}
