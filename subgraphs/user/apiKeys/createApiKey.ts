import type { ApiKeyRow } from '@drizzle/user/tables';
import { newApiKey } from '@libs/auth/apiKeyFormat';
import { requireAdministrator } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CreateApiKeyInput } from '../generated.ts';
import { lockCaller } from '../users/lockCaller.ts';
import { apiKeyCreated } from './events.ts';
import { createApiKeyRefusals, scopesOf } from './rules.ts';
import { countApiKeys, insertApiKey, lockTenantForApiKeys } from './store.ts';

/** The secret is not stored. */
export type CreatedApiKey = { apiKey: ApiKeyRow; secret: string };

/**
 * Requires an administrator of the tenant whose session lives: a key outlasts it. Refuses NOT_FOUND and INACTIVE (tenant), INVALID (every
 * reason at once), and TOO_MANY (the tenant's limit).
 */
export async function createApiKey(ctx: Context, input: CreateApiKeyInput): Promise<Outcome<CreatedApiKey>> {
  requireAdministrator(ctx.caller);
  const tenantId = tenantFor(ctx.caller, input.tenantId);
  const notFound = refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  const tenant = await ctx.tenants.profile(tenantId);
  if (!tenant) return notFound;
  if (!tenant.isActive) return refusedFor(tenantId, refusal('INACTIVE', 'shared.tenantInactive'));

  const expiresAt = input.expiresAt ? toInstant(input.expiresAt, tenant.settings.timezone) : null;
  const refusals = createApiKeyRefusals(input, expiresAt, ctx.now);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const exists = await lockTenantForApiKeys(tenantId, tx);
    const { caller } = await lockCaller(ctx, tx);
    requireAdministrator(caller);
    if (!exists) return notFound;
    const tooMany = atLimitRefusals('apiKeys', await countApiKeys(tenantId, tx), tenant.limits);
    if (tooMany.length > 0) return refusedFor(tenantId, ...tooMany);
    const { secret, prefix, hash } = newApiKey();
    const apiKey = await insertApiKey(tenantId, tx, {
      id: newId(),
      name: input.name,
      prefix,
      keyHash: hash,
      scopes: scopesOf(input.scopes),
      isActive: true,
      createdBy: caller.kind === 'user' ? caller.userId : null,
      createdAt: ctx.now,
      expiresAt,
      lastUsedAt: null,
    });
    await announce(tx, apiKeyCreated(apiKey), ctx);
    return done({ apiKey, secret });
  });
}
