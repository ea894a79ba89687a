import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import type { Context } from '../context.ts';
import type { SecretCipher } from './secrets.ts';
import { lockWebhook, updateWebhookRow, webhooksWithOtherSecretsOfAllTenants } from './store.ts';

const BATCH = 100;

/** The secret under the current key; as it is if it is unreadable, so that it can still be read once its key is back. */
function renewed(
  { currentPrefix, encrypt, decrypt }: SecretCipher,
  id: string,
  secret: string | null,
): string | null {
  if (secret === null || secret.startsWith(currentPrefix)) return secret;
  try {
    return encrypt(id, decrypt(id, secret));
  } catch {
    return secret;
  }
}

/**
 * Encrypts stored secrets anew that are not encrypted with the current key, so that an earlier SECRET_KEY can be dropped. Returns the id to
 * go on after, or undefined once all were seen.
 */
export async function reencryptSecrets(
  { db, secrets, log }: Pick<Context, 'db' | 'secrets'> & { log: Log },
  after: string | undefined,
): Promise<string | undefined> {
  const ids = await webhooksWithOtherSecretsOfAllTenants(db, secrets.currentPrefix, { after, limit: BATCH });
  let unreadable = 0;
  for (const found of ids) {
    await inTransaction(db, async (tx) => {
      const locked = await lockWebhook(tenantOfRow(found), tx, found.id);
      if (!locked) return;
      const secret = renewed(secrets, locked.id, locked.secret);
      const previousSecret = renewed(secrets, locked.id, locked.previousSecret);
      const isReadable = [secret, previousSecret].every(
        (one) => !one || one.startsWith(secrets.currentPrefix),
      );
      if (!isReadable) unreadable += 1;
      await updateWebhookRow(tenantOfRow(locked), tx, locked.id, { secret, previousSecret });
    });
  }
  if (ids.length > 0)
    log.info({ webhooks: ids.length, unreadable }, 'secrets of webhooks were encrypted with the current key');
  return ids.length === BATCH ? ids.at(-1)!.id : undefined;
}
