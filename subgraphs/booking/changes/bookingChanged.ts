import { signedIn } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { lookUpPosition, type Checkpoint } from '@libs/events/history';
import { outboxNow } from '@libs/events/outbox';
import type { Told } from '@libs/graphql/serveSubscriptions';
import { badUserInput } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';
import type { BookingChangeFilter } from '../generated.ts';
import { isTold } from './access.ts';
import type { Changes } from './changes.ts';
import { follow } from './follow.ts';
import { checkpointOf, refusalOf, type Change } from './readChanges.ts';

type Asked = { filter?: BookingChangeFilter | null; after?: string | null };
/** Where a subscriber begins, and the ids of events behind it that were there before. */
type Start = { from: Checkpoint; known: ReadonlySet<string> };

/**
 * The changes of bookings that the caller may read, each with its cursor: since the cursor `after` where there is one, else those that
 * are committed from now on. UNAUTHENTICATED, FORBIDDEN; BAD_USER_INPUT for a cursor that is not this tenant's, too old,
 * or of a history of changes that was replaced when the database was restored; the last two also end it later. Ends with
 * RATE_LIMITED where more than MOST_WAITING_CHANGES were not taken in time.
 */
export async function bookingChanged(
  ctx: Context,
  changes: Changes,
  { filter, after }: Asked,
): Promise<AsyncIterableIterator<Told<Change>>> {
  const caller = signedIn(ctx.caller);
  const tenantId = tenantFor(caller, filter?.tenantId);
  const cursor = ctx.resume ?? after;
  const { from, known } =
    cursor == null ? await fromNow(tenantId, changes) : await since(tenantId, changes, cursor);
  const { db, feeds, cursors } = changes;
  const followed = follow({
    tenantId,
    db,
    feeds,
    from,
    isTold: (change) => !known.has(change.id) && isTold(change, caller, filter ?? {}),
  });

  let isBegun = false;
  const told: AsyncIterableIterator<Told<Change>> = {
    async next() {
      if (!isBegun) {
        isBegun = true;
        return { done: false, value: { resume: cursors.seal(tenantId, from) } };
      }
      const { done, value } = await followed.next();
      if (done) return { done, value: undefined };
      return { done: false, value: { resume: cursors.seal(tenantId, checkpointOf(value)), event: value } };
    },
    async return() {
      await followed.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return told;
}

async function fromNow(tenantId: TenantId, { db }: Changes): Promise<Start> {
  const { last, waiting } = await outboxNow(db.sql, tenantId);
  return { from: last, known: new Set(waiting) };
}

async function since(tenantId: TenantId, { db, cursors }: Changes, cursor: string): Promise<Start> {
  const opened = cursors.open(tenantId, cursor);
  if (opened === undefined) throw badUserInput('booking.changesCursorForeign');
  const { position, isPlain, isOf } = opened;
  const { eventId, removed, plainCursorsUntil } = await lookUpPosition(db.sql, position);
  if (position < removed) throw refusalOf('removed');
  const isCurrent = eventId !== null && (isPlain ? position <= plainCursorsUntil : isOf(eventId));
  if (!isCurrent) throw refusalOf('replaced');
  return { from: { position, eventId }, known: new Set() };
}
