import type { BookingRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import { announce } from '@libs/events/outbox';
import { newTraceId } from '@libs/telemetry/trace';
import type { Clock } from '@libs/time/clock';
import { resourceIdsOf } from '../allocations/demands.ts';
import { bookingReminder, bookingStatusChanged } from '../events.ts';
import { occupiesResource } from '../status.ts';
import { bumpResourceVersions, changeBookings, lockBooking } from '../store.ts';
import { deleteDue, markReminded, type ClaimedDue } from './dueStore.ts';
import { isStillDue, type DeadlineRules } from './rules.ts';

/**
 * Rejects, reminds of or completes the booking if that is still due, and settles the row in the same transaction: once, though workers
 * die or a claim expires. The booking is locked, so a decision at the same moment wins or loses. Throws if the claim has expired.
 */
export async function settleDeadline(
  { db, clock }: { db: Db; clock: Clock },
  due: ClaimedDue,
  rules: DeadlineRules | undefined,
): Promise<void> {
  const { tenantId, bookingId, kind, hours } = due;
  await inTransaction(db, async (tx) => {
    const locked = await lockBooking(tenantId, tx, bookingId);
    const ctx = { now: clock.now(), traceId: newTraceId() };
    const isDue = locked !== undefined && isStillDue(due, locked, rules, ctx.now);
    // One round trip each: the server runs statements in their order.
    const [isClaimed] = await Promise.all(
      !isDue
        ? [deleteDue(tenantId, tx, due)]
        : kind === 'REMINDER'
          ? [markReminded(tx, due, ctx.now), announce(tx, bookingReminder(locked, hours), ctx)]
          : [deleteDue(tenantId, tx, due), changeStatus(tx, due, locked, ctx)],
    );
    if (!isClaimed) throw new Error('the claim has expired');
  });
}

async function changeStatus(
  tx: Tx,
  { tenantId, kind }: ClaimedDue,
  locked: BookingRow,
  ctx: EventContext,
): Promise<void> {
  const status = kind === 'APPROVAL' ? 'REJECTED' : 'COMPLETED';
  const automatic = kind === 'APPROVAL' ? 'approval_deadline' : 'completed';
  const [row] = await changeBookings(tenantId, tx, [locked], { status, decisionDeadline: null }, ctx.now);
  const isFreed = !occupiesResource(status);
  await Promise.all([
    announce(tx, bookingStatusChanged(locked, row!, automatic), ctx),
    isFreed && bumpResourceVersions(tenantId, tx, resourceIdsOf(locked)),
  ]);
}
