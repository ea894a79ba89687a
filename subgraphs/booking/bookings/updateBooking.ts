import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateBookingInput } from '../generated.ts';
import { releaseSeats, replaceAllocations } from './allocations/allocationStore.ts';
import { classesAmong, ClassWithoutLock, requireNoClass } from './allocations/classes.ts';
import { resourceIdsOf, type NewAllocation } from './allocations/demands.ts';
import { prepareAllocations } from './allocations/prepareAllocations.ts';
import { lockBookingMove, lockBookingParties } from './cascade/tombstoneStore.ts';
import { decideUpdate, type Locked, type UpdateDecision } from './decideUpdate.ts';
import { bookingUpdated } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import { fieldsMissingIn, outcomeWithoutFields } from './missingFields.ts';
import { wantedAfter, wantedRefusalsAfter, wishesOf } from './requestedUpdate.ts';
import {
  bookingNotFound,
  clientInSession,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from './refusals.ts';
import { bookingFormat } from './rows.ts';
import {
  bumpResourceVersions,
  changeBookings,
  deleteAdditionalResources,
  findBooking,
  insertAdditionalResources,
} from './store.ts';
import { bookingOverrideRefusals } from './wanted.ts';

/**
 * Moves a booking to another time or other resources, or changes its client, seats, notes or metadata; absent fields stay. A moved booking
 * must keep every rule as a new one does, unless staff override it. A final status leaves only notes and metadata changeable. The user and
 * the client may move it and give seats back until the cancellation window closes, callers with canManageBookings at any time.
 *
 * Refuses NOT_FOUND, VERSION_MISMATCH, INVALID, INVALID_TRANSITION (final status), INACTIVE, CAPACITY_EXCEEDED, USER_CANNOT_BOOK,
 * CANCELLATION_WINDOW_CLOSED, broken rules, ALREADY_EXISTS and CONFLICT. Input that changes nothing makes no new version. Throws FORBIDDEN
 * for an override by others than staff, and SERVICE_UNAVAILABLE if too many requests wait for a resource.
 */
export const updateBooking = async (ctx: Context, input: UpdateBookingInput): Promise<Outcome<BookingRow>> =>
  outcomeWithoutFields(await update(ctx, input), fieldsMissingIn(input), 'id');

async function update(ctx: Context, input: UpdateBookingInput): Promise<Outcome<BookingRow>> {
  const request = await ask(ctx, input);
  if (!request.ok) return request;
  const { tenantId, booking } = request.value;
  if (mayMove(input)) {
    ctx.bulkhead.requireCapacity(wantedAfter(booking, input).map(({ resourceId }) => resourceId));
  }
  const gathered = await gather(ctx, request.value, input);
  if (!gathered) return refused(bookingNotFound());
  let decision: UpdateDecision | undefined;
  try {
    return await ctx.bulkhead.run(gathered.occupies, () =>
      inTransaction(ctx.db, async (tx) => {
        const locked = await lock(ctx, tx, request.value, gathered, input);
        if (!locked) return refusedFor(tenantId, bookingNotFound());
        const { tenant, clientId } = gathered;
        const wishes = wishesOf(locked.row, input, clientId, tenant.settings.timezone);
        decision = await decideUpdate(ctx, tx, { tenant, locked, wishes, input });
        return decision.refusals.length > 0
          ? refusedFor(tenantId, ...decision.refusals)
          : done(await write(ctx, tx, locked.row, decision));
      }),
    );
  } catch (error) {
    if (error instanceof ClassWithoutLock) return update(ctx, input);
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!decision?.occupied || !isOverlapViolation(error)) throw error;
    const found = await refusalsAfterViolation(ctx, tenantId, decision.occupied.requested, [input.id]);
    return refusedFor(tenantId, ...found);
  }
}

/** `booking` is not locked yet. */
type UpdateRequest = { tenantId: TenantId; booking: BookingRow };
type Gathered = {
  tenant: TenantProfile;
  /** The new client; null in the input stands for the booking's user. */
  clientId: string | undefined;
  /** Users whose deletion must wait: the client, if it is new or the booking is moved. */
  users: string[];
  /** The resources to lock: for a move those before and after it, for a new client all if any is a class. */
  occupies: string[];
};

/** Whether the input may change what the booking occupies. */
const mayMove = ({
  resourceId,
  startTime,
  endTime,
  seats,
  additionalResources,
}: UpdateBookingInput): boolean =>
  [resourceId, startTime, endTime, seats, additionalResources].some((value) => value != null);

async function ask(ctx: Context, input: UpdateBookingInput): Promise<Outcome<UpdateRequest>> {
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const nulls = nullRefusals(
    input,
    'input',
    'resourceId',
    'startTime',
    'endTime',
    'seats',
    'additionalResources',
    'metadata',
  );
  const malformed = [
    ...nulls,
    ...bookingOverrideRefusals(input.override, ctx.caller),
    ...(mayMove(input) ? wantedRefusalsAfter(wantedAfter(found.booking, input), input) : []),
  ];
  return malformed.length > 0 ? refusedFor(found.tenantId, ...malformed) : done(found);
}

async function gather(
  { directory }: Context,
  { tenantId, booking }: UpdateRequest,
  input: UpdateBookingInput,
): Promise<Gathered | undefined> {
  const isMoving = mayMove(input);
  const clientId = input.clientId === null ? booking.userId : input.clientId;
  const users = isMoving ? [clientId ?? booking.clientId] : clientId ? [clientId] : [];
  const before = resourceIdsOf(booking);
  const resources = isMoving
    ? [...before, ...wantedAfter(booking, input).map(({ resourceId }) => resourceId)]
    : [];
  const [tenant, classes] = await Promise.all([
    directory.tenant(tenantId),
    clientId === undefined || isMoving ? [] : classesAmong(directory, tenantId, before),
    // Cached in the request's directory, so that the decision waits for nothing under the locks.
    ...resources.map((id) => directory.resource(tenantId, id)),
    ...users.map((id) => directory.member(tenantId, id)),
  ]);
  const occupies = classes.length > 0 ? before : resources;
  return tenant && { tenant, clientId, users, occupies };
}

async function lock(
  ctx: Context,
  tx: Tx,
  { tenantId }: UpdateRequest,
  { users, occupies, clientId }: Gathered,
  input: UpdateBookingInput,
): Promise<Locked | undefined> {
  const resources: string[] = [];
  if (occupies.length > 0) {
    // Another request may have moved it meanwhile. One round trip: the server takes the lock first.
    const [, before] = await Promise.all([
      lockBookingMove(tx, input.id),
      findBooking(tenantId, tx, input.id),
    ]);
    if (!before) return undefined;
    resources.push(
      ...resourceIdsOf(before),
      ...wantedAfter(before, input).map(({ resourceId }) => resourceId),
    );
  }
  const [tombstones, row] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources: [...new Set(resources)], users }),
    lockChangeable(ctx, tenantId, tx, input.id),
  ]);
  if (!row) return undefined;
  if (occupies.length === 0 && clientId !== undefined) {
    await requireNoClass(ctx.directory, tenantId, resourceIdsOf(row));
  }
  // Only a move is refused for a resource that was deleted.
  return { row, tombstones: tombstones.filter(({ kind }) => kind !== 'RESOURCE' || mayMove(input)) };
}

async function write(
  ctx: Context,
  tx: Tx,
  locked: BookingRow,
  { changes, occupied, isReleasing }: UpdateDecision,
): Promise<BookingRow> {
  const tenantId = tenantOfRow(locked);
  if (bookingFormat.changed(locked, { ...locked, ...changes }).length === 0) return locked;
  const { id } = locked;
  const allocations = occupied && (await allocationsOf(ctx, tx, occupied));
  const hasAdditional = Boolean(allocations && (locked.additionalResources ?? changes.additionalResources));
  // Two round trips: the server runs the statements of each in this order.
  const [, [row]] = await Promise.all([
    hasAdditional && deleteAdditionalResources(tenantId, tx, [id]),
    changeBookings(tenantId, tx, [locked], changes, ctx.now),
    allocations && replaceAllocations(tenantId, tx, id, allocations, resourceIdsOf(locked).length),
    hasAdditional && insertAdditionalResources(tenantId, tx, [id]),
  ]);
  if (isReleasing) await releaseSeats(tenantId, tx, locked, row!.seats);
  await Promise.all([
    announce(tx, bookingUpdated(locked, row!), ctx),
    (allocations || isReleasing) &&
      bumpResourceVersions(tenantId, tx, [...resourceIdsOf(locked), ...resourceIdsOf(row!)]),
  ]);
  return row!;
}

/** Ready to be written. */
async function allocationsOf(
  ctx: Context,
  tx: Tx,
  { requested, assignment }: NonNullable<UpdateDecision['occupied']>,
): Promise<NewAllocation[]> {
  const { tenantId, demands, occurrences, except } = requested;
  const prepared = await prepareAllocations(ctx, tenantId, tx, demands, occurrences, assignment, {
    except,
  });
  return prepared.allocations[0]!;
}
