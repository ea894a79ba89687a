import type { LinkEventType } from '@drizzle/user/tables';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Temporal } from 'temporal-polyfill';
import { removePasswordHash } from '../accounts/store.ts';
import { asUser, userSignedUp } from '../users/events.ts';
import { DEFAULT_PERMISSIONS } from '../users/permissions.ts';
import { insertUserUnlessTaken, isTenantDeleted } from '../users/store.ts';
import { allowLinkEmail, countLinkRequest } from './allowLinkEmail.ts';
import { endLinks } from './endLinks.ts';
import { recordLink } from './recordLink.ts';
import { emailFor } from './rules.ts';
import { lockRecipient, removeLinkRequest, type ClaimedRequest } from './store.ts';

/** The id of the new user; undefined if the address is taken. */
function insertSignUp(tx: Tx, request: ClaimedRequest, now: Temporal.Instant): Promise<string | undefined> {
  const { tenantId, email, name, phone, passwordHash } = request;
  return insertUserUnlessTaken(tenantId, tx, {
    id: newId(),
    name: name!,
    email,
    phone,
    passwordHash,
    userType: 'USER',
    ...DEFAULT_PERMISSIONS,
    metadata: {},
    isActive: true,
    awaitsVerification: true,
    createdAt: now,
    updatedAt: now,
  });
}

type Recipient = { id: string; type: LinkEventType | undefined };

/**
 * Who has the address already, and the e-mail that they get. Of two sign-ups before the address is verified, nobody knows which one is its
 * owner's: the first one's password and links end, and the second one's password is never stored.
 */
async function knownRecipient(
  tx: Tx,
  { tenantId, kind, email }: ClaimedRequest,
  now: Temporal.Instant,
): Promise<Recipient | undefined> {
  const user = await lockRecipient(tenantId, tx, email);
  if (!user) return undefined;
  const { id } = user;
  if (kind === 'SIGN_UP' && user.awaitsVerification && user.hasPassword) {
    await removePasswordHash(tenantId, tx, id, now);
    await endLinks(tenantId, tx, id);
    user.hasPassword = false;
  }
  return { id, type: emailFor(kind, user) };
}

/** Inserts the user of a sign-up whose address is free, and queues the e-mail that the request leads to, if any. */
export async function answerRequest(
  { db, now }: { db: Db; now: Temporal.Instant },
  request: ClaimedRequest,
): Promise<void> {
  const { tenantId, kind, email, traceId } = request;
  await inTransaction(db, async (tx) => {
    if (!(await removeLinkRequest(tenantId, tx, request)) || (await isTenantDeleted(tenantId, tx))) return;
    const newUserId = kind === 'SIGN_UP' ? await insertSignUp(tx, request, now) : undefined;
    if (newUserId !== undefined)
      await announce(tx, userSignedUp(tenantId, newUserId), asUser({ now, traceId }, newUserId));
    const recipient: Recipient | undefined =
      newUserId === undefined
        ? await knownRecipient(tx, request, now)
        : { id: newUserId, type: 'user.email_verification' };
    await countLinkRequest(tx, email, now);
    if (!recipient?.type || !(await allowLinkEmail(tx, email, now))) return;
    await recordLink({ now, traceId }, tx, { tenantId, id: recipient.id }, recipient.type);
  });
}
