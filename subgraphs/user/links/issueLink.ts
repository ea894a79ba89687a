import type { LinkEventType } from '@drizzle/user/tables';
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import { hashOfToken, newToken } from '../sessions/tokens.ts';
import { canUse, LINK_HOURS, linkTo, PURPOSES } from './rules.ts';
import { isEmailClaimed, lockRecipient, putLinkToken, type ClaimedEmail } from './store.ts';

/**
 * The link of an e-mail that is about to be sent. Its token is in this process only: stored is the digest, and a further attempt to send the
 * e-mail makes another. Undefined if the user could not use it any more, or has another address by now.
 */
export async function issueLink(
  { db, now }: { db: Db; now: Temporal.Instant },
  email: ClaimedEmail & { eventType: LinkEventType },
  frontendUrl: string,
): Promise<string | undefined> {
  const { id, tenantId, userId, address, eventType } = email;
  const purpose = PURPOSES[eventType];
  if (purpose === null) return frontendUrl;
  return inTransaction(db, async (tx) => {
    const recipient = address === null ? undefined : await lockRecipient(tenantId, tx, address);
    if (recipient?.id !== userId || !canUse(purpose, recipient)) return undefined;
    // After the lock: whoever ended the user's links had it.
    if (!(await isEmailClaimed(tenantId, tx, email))) return undefined;
    const token = newToken();
    await putLinkToken(tenantId, tx, {
      tokenHash: hashOfToken(token),
      notificationId: id,
      userId,
      purpose,
      expiresAt: now.add({ hours: LINK_HOURS[purpose] }),
    });
    return linkTo(frontendUrl, purpose, token);
  });
}
