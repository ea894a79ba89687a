import type { WebhookRow } from '@drizzle/tenant/tables';
import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { deliverySignal } from '../deliveries/deliverySignal.ts';
import { PREVIOUS_SECRET_GRACE_MS } from '../deliveries/deliveryBackoff.ts';
import type { UpdateWebhookInput } from '../generated.ts';
import { webhookChanges } from './events.ts';
import { eventsOf, webhookNotFound, webhookRefusals } from './rules.ts';
import type { SecretCipher } from './secrets.ts';
import { lockWebhook, updateWebhookRow, webhookOfAllTenants } from './store.ts';

/**
 * Absent fields stay. A null secret ends signing; a replaced one signs for 24 more hours. Requires an administrator of the
 * tenant. Refuses NOT_FOUND, INVALID (every reason at once).
 */
export async function updateWebhook(ctx: Context, input: UpdateWebhookInput): Promise<Outcome<WebhookRow>> {
  requirePermission(ctx.caller, 'canManageSettings');
  const notFound = refused(webhookNotFound(['input', 'id']));
  const found = await webhookOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const tenantId = tenantOfRow(found);

  const fault = input.url == null ? undefined : await ctx.guard.faultOf(input.url);
  const refusals = webhookRefusals(input, fault);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockWebhook(tenantId, tx, input.id);
    if (!locked) return notFound;
    const url = input.url ?? locked.url;
    const isActive = input.isActive ?? locked.isActive;
    // A new URL or a reactivation starts afresh: earlier failures no longer count.
    const isNewStart = url !== locked.url || (isActive && !locked.isActive);
    tx.afterCommit(() => void deliverySignal.emit('wakeUp'));
    const row = await updateWebhookRow(tenantId, tx, locked.id, {
      url,
      isActive,
      events: input.events == null ? locked.events : eventsOf(input.events),
      failingSince: isNewStart ? null : locked.failingSince,
      updatedAt: ctx.now,
      ...secretChanges(ctx, locked, input.secret),
    });
    await announce(tx, webhookChanges(locked, row), ctx);
    return done(row);
  });
}

type SecretColumns = Pick<WebhookRow, 'secret' | 'previousSecret' | 'previousSecretUntil'>;

/** An equal secret changes nothing; a new one moves the current one to `previousSecret`. */
function secretChanges(
  { secrets, now }: { secrets: SecretCipher; now: Context['now'] },
  locked: WebhookRow,
  secret: string | null | undefined,
): Partial<SecretColumns> {
  if (secret === undefined) return {};
  if (secret === null) return { secret: null, previousSecret: null, previousSecretUntil: null };
  if (locked.secret !== null && isSame(secrets, locked, secret)) return {};
  return {
    secret: secrets.encrypt(locked.id, secret),
    previousSecret: locked.secret,
    previousSecretUntil: locked.secret === null ? null : now.add({ milliseconds: PREVIOUS_SECRET_GRACE_MS }),
  };
}

/** False if the current secret is unreadable, so that it can be replaced. */
function isSame(secrets: SecretCipher, locked: WebhookRow, secret: string): boolean {
  try {
    return locked.secret !== null && secrets.decrypt(locked.id, locked.secret) === secret;
  } catch {
    return false;
  }
}
