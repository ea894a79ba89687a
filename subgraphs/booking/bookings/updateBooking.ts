import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import { touchResources } from '../availability/store.ts';
import type { Context } from '../context.ts';
import type { BookableResource } from '../directory/directory.ts';
import type { UpdateBookingInput } from '../generated.ts';
import { bookerRefusals, clientRefusals, inactiveRefusals } from '../scheduling/parties.ts';
import { brokenRules } from '../scheduling/rules.ts';
import { worldOf } from '../scheduling/world.ts';
import { holdMoves, holdParties, type Party } from './cascade/goneStore.ts';
import { bookingUpdated } from './events.ts';
import { findChangeable, holdChangeable } from './findChangeable.ts';
import {
  bookingNotFound,
  conflictRefusal,
  goneRefusals,
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
  const { tenantId, seen } = found;
  const nulls = nullRefusals(input, 'input', 'resourceId', 'startTime', 'endTime');
  if (nulls.length > 0) return refusedFor(tenantId, ...nulls);
  if (input.resourceId) ctx.writers.requireRoom([input.resourceId]);
  const known = await gather(ctx, tenantId, seen, input);
  if (!known) return refused(bookingNotFound());

  let asked: BookingRow | undefined;
  const change = async (tx: Tx): Promise<Outcome<BookingRow>> => {
    const held = await hold(ctx, tx, tenantId, known, input);
    if (!held) return refusedFor(tenantId, bookingNotFound());
    const next = (asked = nextOf(held.row, input, known));
    const refusals = await refusalsOf(ctx, tx, { input, known, held, next });
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
    if (!differs(held.row, next)) return done(held.row);

    const row = await changeBooking(tenantId, tx, held.row, next, ctx.now);
    await announce(tx, bookingUpdated(held.row, row), ctx);
    if (isMoved(held.row, row)) await touchResources(tenantId, tx, [held.row.resourceId, row.resourceId]);
    return done(row);
  };
  try {
    const resourceIds = known.isMove ? [seen.resourceId, known.resourceId] : [];
    return await ctx.writers.run(resourceIds, () => inTransaction(ctx.db, change));
  } catch (error) {
    if (!asked || !isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, conflictRefusal(await conflictsOf(tenantId, ctx.db, asked)));
  }
}

/** What is known before anything is held. */
type Known = {
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
  seen: BookingRow,
  input: UpdateBookingInput,
): Promise<Known | undefined> {
  const isMove = input.resourceId != null || input.startTime != null || input.endTime != null;
  const resourceId = input.resourceId ?? seen.resourceId;
  const clientId = input.clientId === null ? seen.userId : input.clientId;
  const users = [
    ...(isMove ? [seen.userId, clientId ?? seen.clientId] : []),
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
type Held = { row: BookingRow; resource: BookableResource | undefined; gone: Party[] };

async function hold(
  ctx: Context,
  tx: Tx,
  tenantId: TenantId,
  known: Known,
  input: UpdateBookingInput,
): Promise<Held | undefined> {
  let { resource } = known;
  const resources: string[] = [];
  if (known.isMove) {
    await holdMoves(tx, input.id);
    const before = await findBooking(tenantId, tx, input.id);
    if (!before) return undefined;
    const resourceId = input.resourceId ?? before.resourceId;
    // Only its time is to change, and it went to another resource meanwhile.
    if (resourceId !== known.resourceId) resource = await ctx.directory.resource(tenantId, resourceId);
    resources.push(before.resourceId, resourceId);
  }
  const gone = await holdParties(tenantId, tx, { resources, users: known.users });
  const row = await holdChangeable(ctx, tenantId, tx, input.id);
  return row && { row, resource, gone };
}

/** The booking as it is to be. */
function nextOf(held: BookingRow, input: UpdateBookingInput, { tenant, clientId }: Known): BookingRow {
  const { timezone } = tenant.settings;
  return {
    ...held,
    resourceId: input.resourceId ?? held.resourceId,
    clientId: clientId ?? held.clientId,
    startTime: input.startTime ? toInstant(input.startTime, timezone) : held.startTime,
    endTime: input.endTime ? toInstant(input.endTime, timezone) : held.endTime,
    notes: input.notes === undefined ? held.notes : input.notes,
  };
}

const isMoved = (held: BookingRow, next: BookingRow): boolean =>
  held.resourceId !== next.resourceId ||
  !held.startTime.equals(next.startTime) ||
  !held.endTime.equals(next.endTime);

const differs = (held: BookingRow, next: BookingRow): boolean =>
  isMoved(held, next) || held.clientId !== next.clientId || held.notes !== next.notes;

const conflictsOf = (tenantId: TenantId, db: Queryable, { id, resourceId, ...occurrence }: BookingRow) =>
  findConflicts(tenantId, db, { resourceId, occurrences: [occurrence], except: id });

/** Every reason not to make `next` of the booking; a version that is not the expected one hides the others. */
async function refusalsOf(
  ctx: Context,
  tx: Tx,
  { input, known, held, next }: { input: UpdateBookingInput; known: Known; held: Held; next: BookingRow },
): Promise<Refusal[]> {
  const { row, resource, gone } = held;
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
    const world = worldOf(known.tenant, resource, ctx.now);
    const tooLate = moveRefusal(row, world, ctx.caller);
    if (tooLate) refusals.push(tooLate);
    if (!resource) refusals.push(resourceNotFound());
    refusals.push(...inactiveRefusals(world.isActive), ...brokenRules(next, world));
    if (resource && !refusals.some(({ code }) => code === 'INVALID')) {
      const conflicts = await conflictsOf(resource.tenant.id, tx, next);
      if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
    }
  }
  // What is gone, the directory may know to be so as well.
  const said = new Set(refusals.map(({ key }) => key));
  return [...refusals, ...goneRefusals(gone, isMove ? row : {}).filter(({ key }) => !said.has(key))];
}

/** The people of one that moves, as of a new one; else whom it is to be for. */
async function refusalsOfPeople(ctx: Context, row: BookingRow, next: BookingRow): Promise<Refusal[]> {
  const tenantId = tenantOfRow(row);
  const client = async () => clientRefusals(await ctx.directory.member(tenantId, next.clientId));
  if (!isMoved(row, next)) return client();
  const booker = bookerRefusals(await ctx.directory.member(tenantId, row.userId));
  return next.clientId === row.userId ? booker : [...booker, ...(await client())];
}
