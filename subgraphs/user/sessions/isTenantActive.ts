import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';

/**
 * True if the tenant subgraph is down and the cache has no entry: better to serve a deactivated tenant a little longer than to
 * lock out every user.
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
      'cannot check whether the tenant is active: assuming that it is',
    );
    return true;
  }
}
