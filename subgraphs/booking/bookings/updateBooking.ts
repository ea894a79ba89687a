import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { unavailable } from '@libs/outcome/apiErrors';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { BookableResource, Member } from '../directory/directory.ts';
import { worldOf } from '../directory/world.ts';
import type { UpdateBookingInput } from '../generated.ts';
import { bookingUpdated } from './events.ts';
import { findChangeable, holdChangeable } from './findChangeable.ts';
import { holdParties } from './goneStore.ts';
import { clientRefusals, inactiveRefusals } from './parties.ts';
import * as no from './refusals.ts';
import { brokenRules } from './rules.ts';
import { isFinal } from './status.ts';
import { changeBooking, findConflicts } from './store.ts';

/** How often an update begins again because the booking went to another resource meanwhile. */
const MOST_TRIES = 5;

/**
 * Moves a booking to another time or resource, or changes whom it is for or its notes; absent fields stay. A booking that is moved
 * keeps every rule as a new one does, and moving it is as safe as making it. Once its status is final only its notes can be changed.
 * Who made it, whom it is for, and who manages bookings.
 *
 * Refuses NOT_FOUND, VERSION_MISMATCH, INVALID, INVALID_TRANSITION (final status), INACTIVE, broken rules and CONFLICT. Where nothing
 * would change the booking is answered as it is, without a new version.
 */
export async function updateBooking(ctx: Context, input: UpdateBookingInput): Promise<Outcome<BookingRow>> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const known = await gather(ctx, input);
    if (!known) return refused(no.bookingNotFound());
    const nulls = nullRefusals(input, 'input', 'resourceId', 'startTime', 'endTime');
    if (nulls.length > 0) return refusedFor(known.tenantId, ...nulls);
    const outcome = await attemptUpdate(ctx, input, known);
    if (outcome !== 'again') return outcome;
  }
  throw unavailable(new Error(`booking ${input.id} went to another resource ${MOST_TRIES} times meanwhile`));
}

/** What is known before the booking is held. */
type Known = {
  tenantId: TenantId;
  tenant: TenantProfile;
  seen: BookingRow;
  /** Set where the time or the resource is to change: where it goes to, or stays. */
  resourceId: string | undefined;
  resource: BookableResource | undefined;
  /** Set where it is to be for somebody: null in the input is the user who made it. */
  clientId: string | undefined;
  client: Member | undefined;
};

async function gather(ctx: Context, input: UpdateBookingInput): Promise<Known | undefined> {
  const found = await findChangeable(ctx, input.id);
  if (!found) return undefined;
  const { tenantId, seen } = found;
  const isMove = input.resourceId != null || input.startTime != null || input.endTime != null;
  const resourceId = isMove ? (input.resourceId ?? seen.resourceId) : undefined;
  const clientId = input.clientId === null ? seen.userId : input.clientId;
  const [tenant, resource, client] = await Promise.all([
    ctx.directory.tenant(tenantId),
    resourceId === undefined ? undefined : ctx.directory.resource(tenantId, resourceId),
    clientId === undefined ? undefined : ctx.directory.member(tenantId, clientId),
  ]);
  return tenant && { tenantId, tenant, seen, resourceId, resource, clientId, client };
}

async function attemptUpdate(
  ctx: Context,
  input: UpdateBookingInput,
  known: Known,
): Promise<Outcome<BookingRow> | 'again'> {
  const { tenantId, seen, resourceId, clientId } = known;
  let asked: BookingRow | undefined;
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const gone = await holdParties(tenantId, tx, {
        resources: resourceId === undefined ? [] : [seen.resourceId, resourceId],
        users: clientId === undefined ? [] : [clientId],
      });
      const held = await holdChangeable(ctx, tenantId, tx, input.id);
      if (!held) return refusedFor(tenantId, no.bookingNotFound());
      // Only its time is to change, and the resource that is held and was asked about is no longer the booking's.
      if (resourceId !== undefined && input.resourceId == null && held.resourceId !== resourceId)
        return 'again';

      const next = (asked = nextOf(held, input, known));
      const refusals = [
        ...(await refusalsOf(ctx, tx, { input, known, held, next })),
        ...no.goneRefusals(gone, {}),
      ];
      if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
      if (!differs(held, next)) return done(held);
      const row = await changeBooking(tenantId, tx, held, next, ctx.now);
      await announce(tx, bookingUpdated(held, row), ctx);
      return done(row);
    });
  } catch (error) {
    if (!asked || !no.isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, no.conflictRefusal(await conflictsOf(tenantId, ctx.db, asked)));
  }
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
  {
    input,
    known,
    held,
    next,
  }: { input: UpdateBookingInput; known: Known; held: BookingRow; next: BookingRow },
): Promise<Refusal[]> {
  const { expectedVersion: expected } = input;
  if (expected != null && expected !== held.version) {
    const params = { expected, actual: held.version };
    return [refusal('VERSION_MISMATCH', 'booking.versionMismatch', ['input', 'expectedVersion'], params)];
  }
  const isClientNew = held.clientId !== next.clientId;
  if ((isMoved(held, next) || isClientNew) && isFinal(held.status)) {
    return [refusal('INVALID_TRANSITION', 'booking.cannotBeChanged', ['input', 'id'], { from: held.status })];
  }

  const refusals = isClientNew ? clientRefusals(known.client) : [];
  if (!isMoved(held, next)) return refusals;
  const world = worldOf(known.tenant, known.resource, ctx.now);
  if (!known.resource) refusals.push(no.resourceNotFound());
  refusals.push(...inactiveRefusals(world.isActive), ...brokenRules(next, world));
  if (known.resource && !refusals.some(({ code }) => code === 'INVALID')) {
    const conflicts = await conflictsOf(known.tenantId, tx, next);
    if (conflicts.length > 0) refusals.push(no.conflictRefusal(conflicts));
  }
  return refusals;
}
