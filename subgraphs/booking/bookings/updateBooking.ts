import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import { bumpResourceVersions } from '../availability/store.ts';
import type { Context } from '../context.ts';
import type { BookableResource } from '../directory/bookingDirectory.ts';
import type { UpdateBookingInput } from '../generated.ts';
import { bookerRefusals, clientRefusals, inactiveRefusals } from '../scheduling/eligibility.ts';
import { brokenRules } from '../scheduling/rules.ts';
import { schedulingContextOf } from '../scheduling/schedulingContext.ts';
import { lockBookingMove, lockBookingParties, type LockTarget } from './cascade/tombstoneStore.ts';
import { bookingUpdated } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import {
  bookingNotFound,
  conflictRefusal,
  tombstoneRefusals,
  isOverlapViolation,
  resourceNotFound,
} from './refusals.ts';
import { isFinal, moveRefusal, statusWord } from './status.ts';
import { changeBooking, findBooking, findConflicts } from './store.ts';

/**
 * Moves a booking to another time or resource, or changes whom it is for or its notes; absent fields stay. A booking that is moved
 * keeps every rule as a new one does, whoever moves it, and moving it is as safe as making it. Once its status is final only its notes
 * can be changed. Who made it and whom it is for, and move it only until the tenant's cancellation window closes; who manages
 * bookings, at any time.
 *
 * Refuses NOT_FOUND, VERSION_MISMATCH, INVALID, INVALID_TRANSITION (final status), INACTIVE, USER_CANNOT_BOOK,
 * CANCELLATION_WINDOW_CLOSED, broken rules and CONFLICT. Where nothing would change the booking is answered as it is, without a new
 * version. SERVICE_UNAVAILABLE where too many want one of the resources at once.
 */
export async function updateBooking(ctx: Context, input: UpdateBookingInput): Promise<Outcome<BookingRow>> {
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const { tenantId, booking } = found;
  const nulls = nullRefusals(input, 'input', 'resourceId', 'startTime', 'endTime');
  if (nulls.length > 0) return refusedFor(tenantId, ...nulls);
  if (input.resourceId) ctx.writers.requireCapacity([input.resourceId]);
  const gathered = await gather(ctx, tenantId, booking, input);
  if (!gathered) return refused(bookingNotFound());

  let requested: BookingRow | undefined;
  const change = async (tx: Tx): Promise<Outcome<BookingRow>> => {
    const locked = await lockForUpdate(ctx, tx, tenantId, gathered, input);
    if (!locked) return refusedFor(tenantId, bookingNotFound());
    const next = (requested = nextOf(locked.row, input, gathered));
    const refusals = await refusalsOf(ctx, tx, { input, gathered, locked, next });
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
    if (!differs(locked.row, next)) return done(locked.row);

    const row = await changeBooking(tenantId, tx, locked.row, next, ctx.now);
    await announce(tx, bookingUpdated(locked.row, row), ctx);
    if (isMoved(locked.row, row))
      await bumpResourceVersions(tenantId, tx, [locked.row.resourceId, row.resourceId]);
    return done(row);
  };
  try {
    const resourceIds = gathered.isMove ? [booking.resourceId, gathered.resourceId] : [];
    return await ctx.writers.run(resourceIds, () => inTransaction(ctx.db, change));
  } catch (error) {
    if (!requested || !isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, conflictRefusal(await conflictsOf(tenantId, ctx.db, requested)));
  }
}

/** What is known before anything is held. */
type GatheredUpdate = {
  tenant: TenantProfile;
  /** Whether the time or the resource is to change. */
  isMove: boolean;
  /** Where it goes to, or stays as far as could be seen. */
  resourceId: string;
  resource: BookableResource | undefined;
  /** Set where it is to be for somebody; null in the input is the user who made it. */
  clientId: string | undefined;
  /** Whom it needs: whom it is to be for, and of one that moves, its people. */
  users: string[];
};

async function gather(
  ctx: Context,
  tenantId: TenantId,
  booking: BookingRow,
  input: UpdateBookingInput,
): Promise<GatheredUpdate | undefined> {
  const isMove = input.resourceId != null || input.startTime != null || input.endTime != null;
  const resourceId = input.resourceId ?? booking.resourceId;
  const clientId = input.clientId === null ? booking.userId : input.clientId;
  const users = [
    ...(isMove ? [booking.userId, clientId ?? booking.clientId] : []),
    ...(clientId ? [clientId] : []),
  ];
  const [tenant, resource] = await Promise.all([
    ctx.directory.tenant(tenantId),
    isMove ? ctx.directory.resource(tenantId, resourceId) : undefined,
    // Asked for now, so that nothing is waited for with the booking in hand: a request asks for each user once.
    ...users.map((id) => ctx.directory.member(tenantId, id)),
  ]);
  return tenant && { tenant, isMove, resourceId, resource, clientId, users };
}

/** The booking as this transaction holds it, the resource that it is to be on, and what of all this is gone. */
type LockedBooking = { row: BookingRow; resource: BookableResource | undefined; tombstones: LockTarget[] };

async function lockForUpdate(
  ctx: Context,
  tx: Tx,
  tenantId: TenantId,
  gathered: GatheredUpdate,
  input: UpdateBookingInput,
): Promise<LockedBooking | undefined> {
  let { resource } = gathered;
  const resources: string[] = [];
  if (gathered.isMove) {
    await lockBookingMove(tx, input.id);
    const before = await findBooking(tenantId, tx, input.id);
    if (!before) return undefined;
    const resourceId = input.resourceId ?? before.resourceId;
    // Only its time is to change, and it went to another resource meanwhile.
    if (resourceId !== gathered.resourceId) resource = await ctx.directory.resource(tenantId, resourceId);
    resources.push(before.resourceId, resourceId);
  }
  const tombstones = await lockBookingParties(tenantId, tx, { resources, users: gathered.users });
  const row = await lockChangeable(ctx, tenantId, tx, input.id);
  return row && { row, resource, tombstones };
}

/** The booking as it is to be. */
function nextOf(
  locked: BookingRow,
  input: UpdateBookingInput,
  { tenant, clientId }: GatheredUpdate,
): BookingRow {
  const { timezone } = tenant.settings;
  return {
    ...locked,
    resourceId: input.resourceId ?? locked.resourceId,
    clientId: clientId ?? locked.clientId,
    startTime: input.startTime ? toInstant(input.startTime, timezone) : locked.startTime,
    endTime: input.endTime ? toInstant(input.endTime, timezone) : locked.endTime,
    notes: input.notes === undefined ? locked.notes : input.notes,
  };
}

const isMoved = (locked: BookingRow, next: BookingRow): boolean =>
  locked.resourceId !== next.resourceId ||
  !locked.startTime.equals(next.startTime) ||
  !locked.endTime.equals(next.endTime);

const differs = (locked: BookingRow, next: BookingRow): boolean =>
  isMoved(locked, next) || locked.clientId !== next.clientId || locked.notes !== next.notes;

const conflictsOf = (tenantId: TenantId, db: Queryable, { id, resourceId, ...occurrence }: BookingRow) =>
  findConflicts(tenantId, db, { resourceId, occurrences: [occurrence], except: id });

/** Every reason not to make `next` of the booking; a version that is not the expected one hides the others. */
async function refusalsOf(
  ctx: Context,
  tx: Tx,
  {
    input,
    gathered,
    locked,
    next,
  }: { input: UpdateBookingInput; gathered: GatheredUpdate; locked: LockedBooking; next: BookingRow },
): Promise<Refusal[]> {
  const { row, resource, tombstones } = locked;
  const { expectedVersion: expected } = input;
  if (expected != null && expected !== row.version) {
    const params = { expected, actual: row.version };
    return [refusal('VERSION_MISMATCH', 'booking.versionMismatch', ['input', 'expectedVersion'], params)];
  }
  const isMove = isMoved(row, next);
  if (!isMove && row.clientId === next.clientId) return [];
  if (isFinal(row.status)) {
    const params = { from: statusWord(row.status) };
    return [refusal('INVALID_TRANSITION', 'booking.cannotBeChanged', ['input', 'id'], params)];
  }

  const refusals = await refusalsOfPeople(ctx, row, next);
  if (isMove) {
    const context = schedulingContextOf(gathered.tenant, resource, ctx.now);
    const tooLate = moveRefusal(row, context, ctx.caller);
    if (tooLate) refusals.push(tooLate);
    if (!resource) refusals.push(resourceNotFound());
    refusals.push(...inactiveRefusals(context.isActive), ...brokenRules(next, context));
    if (resource && !refusals.some(({ code }) => code === 'INVALID')) {
      const conflicts = await conflictsOf(resource.tenant.id, tx, next);
      if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
    }
  }
  // What is gone, the directory may know to be so as well.
  const reported = new Set(refusals.map(({ key }) => key));
  return [
    ...refusals,
    ...tombstoneRefusals(tombstones, isMove ? row : {}).filter(({ key }) => !reported.has(key)),
  ];
}

/** The people of one that moves, as of a new one; else whom it is to be for. */
async function refusalsOfPeople(ctx: Context, row: BookingRow, next: BookingRow): Promise<Refusal[]> {
  const tenantId = tenantOfRow(row);
  const client = async () => clientRefusals(await ctx.directory.member(tenantId, next.clientId));
  if (!isMoved(row, next)) return client();
  const booker = bookerRefusals(await ctx.directory.member(tenantId, row.userId));
  return next.clientId === row.userId ? booker : [...booker, ...(await client())];
}
