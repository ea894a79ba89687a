import type { BookingRow, HoldRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { ConfirmHoldInput } from '../generated.ts';
import { classIdsOf, findInClass } from '../bookings/allocations/classes.ts';
import type { Demand } from '../bookings/allocations/demands.ts';
import { lockBookingMove, lockBookingParties } from '../bookings/cascade/tombstoneStore.ts';
import { bookingCreated } from '../bookings/events.ts';
import { keyRefusals } from '../bookings/idempotency/idempotency.ts';
import {
  candidatesOf,
  demandsOf,
  gatherFor,
  peopleRefusals,
  wantedResourceRefusals,
} from '../bookings/judgeRequest.ts';
import { FIELDS_OF_BOOKING, outcomeWithoutFields } from '../bookings/missingFields.ts';
import { clientInSession, isSessionViolation, tombstoneRefusals } from '../bookings/refusals.ts';
import { bumpResourceVersions, findBooking, insertBookings, type NewBooking } from '../bookings/store.ts';
import { overriddenRules, type WantedResource } from '../bookings/wanted.ts';
import { bookExpiredHold } from './bookExpiredHold.ts';
import { bookingOfHold, wantedOf } from './bookingOfHold.ts';
import { findHold, holdById, holdNotFound, isHoldOver } from './holdAccess.ts';
import { holdEnded } from './holdEvents.ts';
import { endHolds, giveToBooking, lockHold } from './holdStore.ts';

/**
 * Makes a hold a booking. Of its rules, only those of people, resources and tenant are checked. A hold that was confirmed returns its
 * booking. Refuses NOT_FOUND, INVALID, INACTIVE, USER_CANNOT_BOOK, ALREADY_EXISTS (another booking of the client in the class) and
 * HOLD_EXPIRED.
 */
export const confirmHold = async (ctx: Context, input: ConfirmHoldInput): Promise<Outcome<BookingRow>> =>
  outcomeWithoutFields(await confirm(ctx, input), FIELDS_OF_BOOKING, 'id');

async function confirm(ctx: Context, input: ConfirmHoldInput): Promise<Outcome<BookingRow>> {
  const found = await findHold(ctx, input.id);
  if (!found) return refused(holdNotFound());
  const { tenantId, hold } = found;
  const badKey = keyRefusals(input.idempotencyKey);
  if (badKey.length > 0) return refusedFor(tenantId, ...badKey);
  const confirmed = await bookingOf(ctx.db, hold);
  if (confirmed) return done(confirmed);
  const outcome = isHoldOver(hold, ctx)
    ? await expired(ctx, hold, input)
    : await confirmCurrent(ctx, tenantId, hold, input);
  if (outcome.ok) return outcome;
  // It may have been judged while another request was confirming it.
  const settled = await settledBooking(ctx, hold);
  return settled ? done(settled) : outcome;
}

async function confirmCurrent(
  ctx: Context,
  tenantId: TenantId,
  hold: HoldRow,
  input: ConfirmHoldInput,
): Promise<Outcome<BookingRow>> {
  const plan = await decide(ctx, tenantId, hold, input);
  if (!plan.ok) return plan;
  try {
    return await inTransaction(ctx.db, (tx) => write(ctx, tx, hold, plan.value));
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!(error instanceof HoldIsOver)) throw error;
    return expired(ctx, hold, input);
  }
}

/** Rolls the transaction back. */
class HoldIsOver extends Error {}

const holdExpired = (): Refusal => refusal('HOLD_EXPIRED', 'booking.holdExpired', ['input', 'id']);

async function bookingOf(db: Queryable, hold: HoldRow): Promise<BookingRow | undefined> {
  return hold.bookingId === null ? undefined : findBooking(tenantOfRow(hold), db, hold.bookingId);
}

/** The booking of the hold, read once no other request is confirming it. */
const settledBooking = ({ db }: Context, { id }: HoldRow): Promise<BookingRow | undefined> =>
  inTransaction(db, async (tx) => {
    await lockBookingMove(tx, id);
    const current = await holdById(tx, id);
    return current && bookingOf(tx, current);
  });

/** HOLD_EXPIRED, unless its time is booked anyway; then with the reasons. */
async function expired(ctx: Context, hold: HoldRow, input: ConfirmHoldInput): Promise<Outcome<BookingRow>> {
  if (!input.ifStillFree) return refusedFor(hold.tenantId, holdExpired());
  const outcome = await bookExpiredHold(ctx, hold, input);
  return outcome.ok ? outcome : refusedFor(hold.tenantId, holdExpired(), ...outcome.refusals);
}

type ConfirmPlan = { wanted: WantedResource[]; demands: Demand[]; booking: NewBooking };

/** Uses the buffers that the hold has. */
const demandsOfHold = ({ resources }: HoldRow, demands: readonly Demand[]): Demand[] =>
  demands.map((demand, index) => ({ ...demand, ...resources[index] }));

async function decide(
  ctx: Context,
  tenantId: TenantId,
  hold: HoldRow,
  input: ConfirmHoldInput,
): Promise<Outcome<ConfirmPlan>> {
  const wanted = wantedOf(hold);
  const gathered = await gatherFor(ctx, tenantId, hold, wanted);
  const { tenant, resources } = gathered;
  if (!tenant) return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const refusals = [
    // A capacity that was lowered meanwhile takes nothing away.
    ...wantedResourceRefusals(candidates).filter(({ code }) => code !== 'CAPACITY_EXCEEDED'),
    ...peopleRefusals(gathered, hold),
  ];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  const demands = demandsOfHold(hold, demandsOf(candidates, overriddenRules(null)));
  return done({ wanted, demands, booking: bookingOfHold(ctx, hold, candidates, demands, input) });
}

async function write(
  ctx: Context,
  tx: Tx,
  hold: HoldRow,
  { wanted, demands, booking }: ConfirmPlan,
): Promise<Outcome<BookingRow>> {
  const tenantId = tenantOfRow(hold);
  const { now } = ctx;
  const { userId, clientId } = hold;
  const resources = demands.map(({ resourceId }) => resourceId);
  await lockBookingMove(tx, hold.id);
  const tombstones = await lockBookingParties(tenantId, tx, { resources, users: [userId, clientId] });
  const locked = await lockHold(tenantId, tx, hold.id);
  if (!locked) return refusedFor(tenantId, holdNotFound());
  if (locked.bookingId !== null) return done((await findBooking(tenantId, tx, locked.bookingId))!);
  const refusals = tombstoneRefusals(tombstones, { userId }, wanted);
  const found = await findInClass(tenantId, tx, classIdsOf(demands), [hold], {
    ...{ clientId, now },
    except: [hold.id],
  });
  if (found.length > 0) {
    // Nothing keeps the client out of the class once the hold is over.
    if (isHoldOver(locked, ctx)) throw new HoldIsOver();
    refusals.push(clientInSession());
  }
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const [row] = await insertBookings(tenantId, tx, [booking], [[]]);
  const count = await giveToBooking(tenantId, tx, { holdId: hold.id, bookingId: booking.id, now });
  // Expired, released, or another caller was faster: nothing of this is kept.
  if (count !== demands.length) throw new HoldIsOver();
  const [ended] = await endHolds(tenantId, tx, [hold.id], { now, bookingId: booking.id });
  await announce(tx, [bookingCreated(row!), holdEnded(ended!, 'confirmed', booking.id)], ctx);
  await bumpResourceVersions(tenantId, tx, resources);
  return done(row!);
}
