import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { BookableResource } from '../directory/bookingDirectory.ts';
import type { UpdateBookingInput } from '../generated.ts';
import {
  bookerRefusals,
  clientRefusals,
  inactiveRefusals,
  schedulingContextOf,
} from '../scheduling/eligibility.ts';
import { brokenRules } from '../scheduling/rules.ts';
import { lockBookingMove, lockBookingParties, type Tombstone } from './cascade/tombstoneStore.ts';
import { bookingUpdated } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import {
  bookingNotFound,
  conflictRefusal,
  isOverlapViolation,
  resourceNotFound,
  tombstoneRefusals,
} from './refusals.ts';
import { bookingFormat } from './rows.ts';
import { isFinal, moveRefusal, statusWord } from './status.ts';
import { bumpResourceVersions, changeBookings, findBooking, findConflicts } from './store.ts';

/**
 * Moves a booking to another time or resource, or changes its client or notes; absent fields stay. A moved booking must keep every
 * rule as a new one does. A final status leaves only the notes changeable. The user and the client may move it until the
 * cancellation window closes, callers with canManageBookings at any time.
 *
 * Refuses NOT_FOUND, VERSION_MISMATCH, INVALID, INVALID_TRANSITION (final status), INACTIVE, USER_CANNOT_BOOK,
 * CANCELLATION_WINDOW_CLOSED, broken rules and CONFLICT. Input that changes nothing makes no new version. Throws
 * SERVICE_UNAVAILABLE if too many requests wait for a resource.
 */
export async function updateBooking(ctx: Context, input: UpdateBookingInput): Promise<Outcome<BookingRow>> {
  const request = await ask(ctx, input);
  if (!request.ok) return request;
  const { tenantId, booking } = request.value;
  if (input.resourceId) ctx.bulkhead.requireCapacity([input.resourceId]);

  const gathered = await gather(ctx, request.value, input);
  if (!gathered) return refused(bookingNotFound());
  const resourceIds = gathered.isMove ? [booking.resourceId, gathered.resourceId] : [];
  let next: BookingRow | undefined;
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, async (tx) => {
        const locked = await lock(ctx, tx, request.value, gathered, input);
        if (!locked) return refusedFor(tenantId, bookingNotFound());
        const changes = changesOf(locked.row, gathered, input);
        next = { ...locked.row, ...changes };
        const refusals = await decide(ctx, tx, { gathered, locked, next, input });
        return refusals.length > 0
          ? refusedFor(tenantId, ...refusals)
          : done(await write(ctx, tx, locked.row, changes));
      }),
    );
  } catch (error) {
    if (!next || !isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, conflictRefusal(await conflictsOf(tenantId, ctx.db, next)));
  }
}

/** `booking` is not locked yet. */
type UpdateRequest = { tenantId: TenantId; booking: BookingRow };
type Gathered = {
  tenant: TenantProfile;
  isMove: boolean;
  /** As of the booking before the lock. */
  resourceId: string;
  resource: BookableResource | undefined;
  /** The new client; null in the input stands for the booking's user. */
  clientId: string | undefined;
  /** Whose deletion must wait: the new client, and for a move the user and client. */
  users: string[];
};
type Locked = { row: BookingRow; resource: BookableResource | undefined; tombstones: Tombstone[] };
type Changes = Pick<BookingRow, 'resourceId' | 'clientId' | 'startTime' | 'endTime' | 'notes'>;

async function ask(ctx: Context, input: UpdateBookingInput): Promise<Outcome<UpdateRequest>> {
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const nulls = nullRefusals(input, 'input', 'resourceId', 'startTime', 'endTime');
  return nulls.length > 0 ? refusedFor(found.tenantId, ...nulls) : done(found);
}

async function gather(
  { directory }: Context,
  { tenantId, booking }: UpdateRequest,
  input: UpdateBookingInput,
): Promise<Gathered | undefined> {
  const isMove = input.resourceId != null || input.startTime != null || input.endTime != null;
  const resourceId = input.resourceId ?? booking.resourceId;
  const clientId = input.clientId === null ? booking.userId : input.clientId;
  const users = [
    ...(isMove ? [booking.userId, clientId ?? booking.clientId] : []),
    ...(clientId ? [clientId] : []),
  ];
  const [tenant, resource] = await Promise.all([
    directory.tenant(tenantId),
    isMove ? directory.resource(tenantId, resourceId) : undefined,
    // Cached in the request's directory, so that `decide` waits for nothing under the locks.
    ...users.map((id) => directory.member(tenantId, id)),
  ]);
  return tenant && { tenant, isMove, resourceId, resource, clientId, users };
}

async function lock(
  ctx: Context,
  tx: Tx,
  { tenantId }: UpdateRequest,
  gathered: Gathered,
  input: UpdateBookingInput,
): Promise<Locked | undefined> {
  let { resource } = gathered;
  const resources: string[] = [];
  if (gathered.isMove) {
    await lockBookingMove(tx, input.id);
    const before = await findBooking(tenantId, tx, input.id);
    if (!before) return undefined;
    const resourceId = input.resourceId ?? before.resourceId;
    // Another request has moved it meanwhile.
    if (resourceId !== gathered.resourceId) resource = await ctx.directory.resource(tenantId, resourceId);
    resources.push(before.resourceId, resourceId);
  }
  const tombstones = await lockBookingParties(tenantId, tx, { resources, users: gathered.users });
  const row = await lockChangeable(ctx, tenantId, tx, input.id);
  return row && { row, resource, tombstones };
}

function changesOf(locked: BookingRow, { tenant, clientId }: Gathered, input: UpdateBookingInput): Changes {
  const { timezone } = tenant.settings;
  return {
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

const conflictsOf = (tenantId: TenantId, db: Queryable, { id, resourceId, ...occurrence }: BookingRow) =>
  findConflicts(tenantId, db, { resourceId, occurrences: [occurrence], except: id });

/** A version mismatch hides all other refusals. */
async function decide(
  ctx: Context,
  tx: Tx,
  update: { gathered: Gathered; locked: Locked; next: BookingRow; input: UpdateBookingInput },
): Promise<Refusal[]> {
  const { gathered, next } = update;
  const { row, resource, tombstones } = update.locked;
  const { expectedVersion: expected } = update.input;
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
  // The directory may already know of the deletion.
  const reported = new Set(refusals.map(({ key }) => key));
  return [
    ...refusals,
    ...tombstoneRefusals(tombstones, isMove ? row : {}).filter(({ key }) => !reported.has(key)),
  ];
}

/** A move needs an eligible user and client; any other change an active client. */
async function refusalsOfPeople(ctx: Context, row: BookingRow, next: BookingRow): Promise<Refusal[]> {
  const tenantId = tenantOfRow(row);
  const client = async () => clientRefusals(await ctx.directory.member(tenantId, next.clientId));
  if (!isMoved(row, next)) return client();
  const booker = bookerRefusals(await ctx.directory.member(tenantId, row.userId));
  return next.clientId === row.userId ? booker : [...booker, ...(await client())];
}

async function write(ctx: Context, tx: Tx, locked: BookingRow, changes: Changes): Promise<BookingRow> {
  const tenantId = tenantOfRow(locked);
  if (bookingFormat.changed(locked, { ...locked, ...changes }).length === 0) return locked;
  const [row] = await changeBookings(tenantId, tx, [locked], changes, ctx.now);
  await announce(tx, bookingUpdated(locked, row!), ctx);
  if (isMoved(locked, row!)) await bumpResourceVersions(tenantId, tx, [locked.resourceId, row!.resourceId]);
  return row!;
}
