import type { WebhookRow } from '@drizzle/tenant/tables';
import { needAdministrator } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { deliveryBell } from '../deliveries/bell.ts';
import { PREVIOUS_SECRET_SIGNS_MS } from '../deliveries/schedule.ts';
import type { UpdateWebhookInput } from '../generated.ts';
import { eventsOf, webhookNotFound, webhookRefusals } from './rules.ts';
import type { SecretSeal } from './secrets.ts';
import { holdWebhook, updateWebhookRow, webhookOfAllTenants } from './store.ts';

/**
 * Changes a webhook; absent fields stay, a null secret ends signatures, a new one has the one before it sign too for a while.
 * Administrators of the tenant. Refuses NOT_FOUND and, with every reason at once, INVALID.
 */
export async function updateWebhook(ctx: Context, input: UpdateWebhookInput): Promise<Outcome<WebhookRow>> {
  needAdministrator(ctx.caller);
  const notFound = refused(webhookNotFound(['input', 'id']));
  const known = await webhookOfAllTenants(ctx.db, input.id);
  if (!known || !isOfCallersTenant(ctx.caller, known.tenantId)) return notFound;
  const tenantId = tenantOfRow(known);

  const fault = input.url == null ? undefined : await ctx.guard.faultOf(input.url);
  const refusals = webhookRefusals(input, fault);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const held = await holdWebhook(tenantId, tx, input.id);
    if (!held) return notFound;
    const url = input.url ?? held.url;
    const isActive = input.isActive ?? held.isActive;
    // Who corrects the address or turns it on again has begun anew: what failed before no longer counts.
    const isNewStart = url !== held.url || (isActive && !held.isActive);
    tx.afterCommit(deliveryBell.ring);
    const row = await updateWebhookRow(tenantId, tx, held.id, {
      url,
      isActive,
      events: input.events == null ? held.events : eventsOf(input.events),
      failingSince: isNewStart ? null : held.failingSince,
      updatedAt: ctx.now,
      ...secretChanges(ctx, held, input.secret),
    });
    return done(row);
  });
}

type SecretColumns = Pick<WebhookRow, 'secret' | 'previousSecret' | 'previousSecretUntil'>;

/** The secret as asked: kept where absent or the same, gone where null, else put before the present one. */
function secretChanges(
  { secrets, now }: { secrets: SecretSeal; now: Context['now'] },
  held: WebhookRow,
  secret: string | null | undefined,
): Partial<SecretColumns> {
  if (secret === undefined) return {};
  if (secret === null) return { secret: null, previousSecret: null, previousSecretUntil: null };
  if (held.secret !== null && isSame(secrets, held, secret)) return {};
  return {
    secret: secrets.seal(held.id, secret),
    previousSecret: held.secret,
    previousSecretUntil: held.secret === null ? null : now.add({ milliseconds: PREVIOUS_SECRET_SIGNS_MS }),
  };
}

/** False too where the present one cannot be read any more: setting it anew is the way out of that. */
function isSame(secrets: SecretSeal, held: WebhookRow, secret: string): boolean {
  try {
    return held.secret !== null && secrets.open(held.id, held.secret) === secret;
  } catch {
    return false;
  }
}
