import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Temporal } from 'temporal-polyfill';
import { asUser, userSignedUp } from '../users/events.ts';
import { DEFAULT_PERMISSIONS } from '../users/permissions.ts';
import { insertUserUnlessTaken, isTenantDeleted } from '../users/store.ts';
import { allowLinkEmail } from './allowLinkEmail.ts';
import { recordLink } from './recordLink.ts';
import { emailFor } from './rules.ts';
import { lockRecipientForShare, removeLinkRequest, type ClaimedRequest } from './store.ts';

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

/** Inserts the user of a sign-up whose address is free, and queues the e-mail that the request leads to, if any. */
export async function answerRequest(
  { db, now }: { db: Db; now: Temporal.Instant },
  request: ClaimedRequest,
): Promise<void> {
  const { tenantId, kind, email, traceId } = request;
  await inTransaction(db, async (tx) => {
    if (!(await removeLinkRequest(tenantId, tx, request)) || (await isTenantDeleted(tenantId, tx))) return;
    const newUserId = kind === 'SIGN_UP' ? await insertSignUp(tx, request, now) : undefined;
    const user = await lockRecipientForShare(tenantId, tx, email);
    const type = newUserId !== undefined ? 'user.email_verification' : user && emailFor(kind, user);
    if (newUserId !== undefined)
      await announce(tx, userSignedUp(tenantId, newUserId), asUser({ now, traceId }, newUserId));
    if (!user || !type || !(await allowLinkEmail(tx, email, now))) return;
    await recordLink({ now, traceId }, tx, { tenantId, id: user.id }, type);
  });
}
