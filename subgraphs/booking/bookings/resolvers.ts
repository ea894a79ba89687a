/** Resolvers of bookings. */
import { payload, userErrors } from '@libs/graphql/payload';
import { refused, type Outcome } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated.ts';
import { cancelBooking } from './cancelBooking.ts';
import { cancelBookingSeries } from './cancelBookingSeries.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import {
  booking,
  bookedResources,
  blockedTime,
  bookingReference,
  bookings,
  bookingsOfResource,
  bookingsOfSeries,
  bookingsOfUser,
  cancellableUntilOf,
  canCancelNow,
  cannotCancelReason,
  localTimeOf,
  overrideShown,
  seriesOfBooking,
} from './reads.ts';
import { extendBookingSeries } from './series/extendBookingSeries.ts';
import { nextSeries, previousSeries } from './series/readSeries.ts';
import type { ChangedSeries } from './series/seriesRequest.ts';
import { updateBookingSeries } from './series/updateBookingSeries.ts';
import { updateBooking } from './updateBooking.ts';

const seriesPayload = async (ctx: Context, outcome: Outcome<ChangedSeries>) => ({
  ...(outcome.ok ? outcome.value : { series: null, bookings: [], skipped: [] }),
  userErrors: await userErrors(ctx, outcome),
});

export const bookingResolvers: Resolvers = {
  Query: {
    booking: (_, { id }, ctx) => booking(ctx, id),
    bookings: (_, args, ctx) => bookings(ctx, args),
  },
  Mutation: {
    createBooking: async (_, { input }, ctx) => {
      const outcome = await createBooking(ctx, input);
      const created = outcome.ok ? outcome.value : { bookings: [], series: null, skipped: [] };
      return {
        ...created,
        booking: created.bookings[0] ?? null,
        userErrors: await userErrors(ctx, outcome),
      };
    },
    updateBooking: async (_, { input }, ctx) => payload(ctx, 'booking', await updateBooking(ctx, input)),
    cancelBooking: async (_, { input }, ctx) => payload(ctx, 'booking', await cancelBooking(ctx, input)),
    changeBookingStatus: async (_, { input }, ctx) =>
      payload(ctx, 'booking', await changeBookingStatus(ctx, input)),
    cancelBookingSeries: async (_, { input }, ctx) => {
      const outcome = await cancelBookingSeries(ctx, input);
      return { bookings: outcome.ok ? outcome.value : [], userErrors: await userErrors(ctx, outcome) };
    },
    updateBookingSeries: async (_, { input }, ctx) =>
      seriesPayload(ctx, await updateBookingSeries(ctx, input)),
    extendBookingSeries: async (_, { input }, ctx) =>
      seriesPayload(ctx, await extendBookingSeries(ctx, input)),
  },
  Booking: {
    __resolveReference: ({ id }, ctx) => bookingReference(ctx, id),
    tenant: (row) => ({ id: row.tenantId }),
    resource: (row) => ({ id: row.resourceId }),
    user: (row) => ({ id: row.userId }),
    client: (row) => ({ id: row.clientId }),
    cancelledBy: (row) => (row.cancelledBy ? { id: row.cancelledBy } : null),
    localStart: (row, _, ctx) => localTimeOf(ctx, row, row.startTime),
    localEnd: (row, _, ctx) => localTimeOf(ctx, row, row.endTime),
    canCancel: (row, _, ctx) => canCancelNow(ctx, row),
    series: (row, _, ctx) => seriesOfBooking(ctx, row),
    resources: bookedResources,
    blockedStart: (row) => blockedTime(row).start,
    blockedEnd: (row) => blockedTime(row).end,
    cannotCancelReason: (row, _, ctx) => cannotCancelReason(ctx, row),
    cancellableUntil: (row, _, ctx) => cancellableUntilOf(ctx, row),
    override: (row, _, ctx) => overrideShown(ctx, row),
  },
  SkippedOccurrence: {
    errors: ({ refusals }, _, ctx) => userErrors(ctx, refused(...refusals)),
  },
  Recurrence: {
    exceptDates: ({ exceptDates }) => exceptDates?.map((date) => Temporal.PlainDate.from(date)) ?? null,
  },
  BookingSeries: {
    recurrence: (row) => row,
    bookings: (row, args, ctx) => bookingsOfSeries(ctx, row, args),
    previous: (row, _, ctx) => previousSeries(ctx, row),
    next: (row, _, ctx) => nextSeries(ctx, row),
  },
  Tenant: {
    __resolveReference: ({ id }) => ({ id }),
    bookings: ({ id }, args, ctx) => bookings(ctx, { ...args, tenantId: id }),
  },
  Resource: {
    __resolveReference: ({ id }) => ({ id }),
    bookings: ({ id }, args, ctx) => bookingsOfResource(ctx, id, args),
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    bookings: ({ id }, args, ctx) => bookingsOfUser(ctx, id, args),
  },
};
