import type { ApiKeyRow, UserRow } from '@drizzle/user/tables';
import { requireAdministrator, requireService, type ApiKeyCaller } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { badUserInput, forbidden } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';
import { isTenantActive } from '../sessions/isTenantActive.ts';
import { userReference } from '../users/reads.ts';
import { liveApiKeyOfAllTenants } from './store.ts';

const HASH = /^[\da-f]{64}$/;

/** Newest first. For administrators of this tenant or the platform: tenantByDomain shows other tenants too. */
export async function apiKeysOf(ctx: Context, tenant: { id: string }): Promise<ApiKeyRow[]> {
  requireAdministrator(ctx.caller);
  if (!isOfCallersTenant(ctx.caller, tenant.id)) throw forbidden();
  return ctx.apiKeysOfTenant(tenant, null);
}

export const creatorOf = async (ctx: Context, { createdBy }: ApiKeyRow): Promise<UserRow | null> =>
  createdBy === null ? null : userReference(ctx, createdBy);

/** Null if there is no such key, or it was deactivated or has expired, or its tenant is inactive or gone. Records the use. */
export async function callerOfApiKey(
  ctx: Pick<Context, 'db' | 'tenants' | 'now' | 'log' | 'recordKeyUse'>,
  keyHash: Buffer,
): Promise<ApiKeyCaller | null> {
  const key = await liveApiKeyOfAllTenants(ctx.db, keyHash, ctx.now);
  if (!key) return null;
  const tenantId = tenantOfRow(key);
  if (!(await isTenantActive(ctx, tenantId))) return null;
  ctx.recordKeyUse(key, ctx.now);
  return { kind: 'apiKey', apiKeyId: key.id, tenantId, scopes: key.scopes };
}

/** For the gateway and the other subgraphs, in the form of `callerSchema` in libs/auth/passport.ts. */
export async function internalApiKeyCaller(ctx: Context, keyHash: string): Promise<ApiKeyCaller | null> {
  requireService(ctx.caller);
  if (!HASH.test(keyHash)) throw badUserInput('api.badText', { field: 'keyHash' });
  return callerOfApiKey(ctx, Buffer.from(keyHash, 'hex'));
}
