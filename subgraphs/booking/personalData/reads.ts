import type { BookingRow, HoldRow } from '@drizzle/booking/tables';
import { requireService } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';
import { bookingsOfPerson, holdsOfPerson } from './store.ts';

/** Bookings per page. */
const PAGE_SIZE = 500;

/** What people wrote in a booking that the person made for somebody else is about that client. */
function shownTo(userId: string, booking: BookingRow): object {
  if (booking.clientId === userId) return booking;
  const ofClient = {
    notes: null,
    metadata: {},
    cancellationReason: null,
    decisionReason: null,
    override: null,
  };
  return { ...booking, ...ofClient };
}

/** The reason of an override, too, is shown only to the hold's client. */
const holdShownTo = (userId: string, hold: HoldRow): HoldRow =>
  hold.clientId === userId ? hold : { ...hold, override: null };

/** A page of JSON for the user subgraph, holds on the first one. FORBIDDEN for clients. */
export async function internalBookingsOfPerson(
  ctx: Context,
  { userId, after, ...args }: { tenantId: string; userId: string; after?: string | null },
): Promise<Record<string, unknown>> {
  requireService(ctx.caller);
  const tenantId = tenantFor(ctx.caller, args.tenantId);
  const bookings = await bookingsOfPerson(tenantId, ctx.db, userId, { after, limit: PAGE_SIZE });
  const holds = after == null ? await holdsOfPerson(tenantId, ctx.db, userId) : [];
  const items = [
    ...bookings.map((booking) => ({ kind: 'booking', ...shownTo(userId, booking) })),
    ...holds.map((hold) => ({ kind: 'hold', ...holdShownTo(userId, hold) })),
  ];
  const next = bookings.length === PAGE_SIZE ? bookings.at(-1)!.id : null;
  return JSON.parse(JSON.stringify({ items, next })) as Record<string, unknown>;
}
