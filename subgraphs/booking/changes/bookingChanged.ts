import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { lookUpPosition, type Checkpoint } from '@libs/events/history';
import { currentOutboxPosition } from '@libs/events/outbox';
import type { ResumableEvent } from '@libs/graphql/serveSubgraphSubscriptions';
import { badUserInput } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';
import type { BookingChangeFilter } from '../generated.ts';
import { requireReader } from '../bookings/access.ts';
import { matchesSubscription } from './access.ts';
import type { ChangeDeps } from './changes.ts';
import { followChanges } from './followChanges.ts';
import { checkpointOfChange, checkpointError, type Change } from './readChanges.ts';

type BookingChangedArgs = { filter?: BookingChangeFilter | null; after?: string | null };
/** `skippedIds`: events after `from` that were committed before the subscription. */
type StartPosition = { from: Checkpoint; skippedIds: ReadonlySet<string> };

/**
 * Subscribes to the changes of bookings that the caller may read, each with its cursor: those after the cursor `after`, or else those
 * committed from now on. The first item has only a cursor, the starting point.
 *
 * UNAUTHENTICATED; FORBIDDEN; BAD_USER_INPUT for a cursor that is not this tenant's, older than OUTBOX_RETENTION_DAYS, or from before a
 * restore (the last two also later). Beyond MAX_BUFFERED_CHANGES it ends with RATE_LIMITED.
 */
export async function bookingChanged(
  ctx: Context,
  changes: ChangeDeps,
  { filter, after }: BookingChangedArgs,
): Promise<AsyncIterableIterator<ResumableEvent<Change>>> {
  const caller = requireReader(ctx.caller);
  const tenantId = tenantFor(caller, filter?.tenantId);
  const cursor = ctx.resumeCursor ?? after;
  const { from, skippedIds } =
    cursor == null ? await fromNow(tenantId, changes) : await fromCursor(tenantId, changes, cursor);
  const { db, feeds, cursors } = changes;
  const changesAfter = followChanges({
    tenantId,
    db,
    feeds,
    from,
    isMatch: (change) => !skippedIds.has(change.id) && matchesSubscription(change, caller, filter ?? {}),
  });

  let hasStarted = false;
  const events: AsyncIterableIterator<ResumableEvent<Change>> = {
    async next() {
      if (!hasStarted) {
        hasStarted = true;
        return { done: false, value: { cursor: cursors.encode(tenantId, from) } };
      }
      const { done, value } = await changesAfter.next();
      if (done) return { done, value: undefined };
      const cause = { traceId: value.traceId, eventId: value.id };
      return {
        done: false,
        value: { cursor: cursors.encode(tenantId, checkpointOfChange(value)), event: value, cause },
      };
    },
    async return() {
      await changesAfter.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return events;
}

async function fromNow(tenantId: TenantId, { db }: ChangeDeps): Promise<StartPosition> {
  const { last, waiting } = await currentOutboxPosition(db.sql, tenantId);
  return { from: last, skippedIds: new Set(waiting) };
}

async function fromCursor(
  tenantId: TenantId,
  { db, cursors }: ChangeDeps,
  cursor: string,
): Promise<StartPosition> {
  const decoded = cursors.decode(tenantId, cursor);
  if (decoded === undefined) throw badUserInput('booking.changesCursorForeign');
  const { position, isPlain, matchesEvent } = decoded;
  const { eventId, removed, plainCursorsUntil } = await lookUpPosition(db.sql, position);
  if (position < removed) throw checkpointError('removed');
  const isCurrent = eventId !== null && (isPlain ? position <= plainCursorsUntil : matchesEvent(eventId));
  if (!isCurrent) throw checkpointError('replaced');
  return { from: { position, eventId }, skippedIds: new Set() };
}
