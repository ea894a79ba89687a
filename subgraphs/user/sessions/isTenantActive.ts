import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';

/**
 * Whether the sessions of the tenant's users count: it exists and is active. Where nobody can say, because the tenant subgraph is
 * away and the cache knows nothing, it is taken for active: a tenant that was turned off is served a little longer, rather than
 * every user of every tenant being locked out by the outage of one process.
 */
export async function isTenantActive(
  ctx: Pick<Context, 'tenants' | 'log'>,
  tenantId: TenantId,
): Promise<boolean> {
  try {
    return (await ctx.tenants.profile(tenantId))?.isActive ?? false;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
    ctx.log.warn(
      { err: error.cause, tenantId },
      'nobody knows whether the tenant is active: taken for active',
    );
    return true;
  }
}
