/** Resolvers of bookings. */
import { payload, userErrors } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { cancelBooking } from './cancelBooking.ts';
import { cancelBookingSeries } from './cancelBookingSeries.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import {
  booking,
  bookingReference,
  bookings,
  bookingsOfResource,
  bookingsOfSeries,
  bookingsOfUser,
  canCancelNow,
  localTimeOf,
  seriesOfBooking,
} from './reads.ts';
import { updateBooking } from './updateBooking.ts';

export const bookingResolvers: Resolvers = {
  Query: {
    booking: (_, { id }, ctx) => booking(ctx, id),
    bookings: (_, args, ctx) => bookings(ctx, args),
  },
  Mutation: {
    createBooking: async (_, { input }, ctx) => {
      const outcome = await createBooking(ctx, input);
      const created = outcome.ok ? outcome.value : { bookings: [], series: null };
      return { ...created, booking: created.bookings[0] ?? null, userErrors: await userErrors(ctx, outcome) };
    },
    updateBooking: async (_, { input }, ctx) => payload(ctx, 'booking', await updateBooking(ctx, input)),
    cancelBooking: async (_, { input }, ctx) => payload(ctx, 'booking', await cancelBooking(ctx, input)),
    changeBookingStatus: async (_, { input }, ctx) =>
      payload(ctx, 'booking', await changeBookingStatus(ctx, input)),
    cancelBookingSeries: async (_, { input }, ctx) => {
      const outcome = await cancelBookingSeries(ctx, input);
      return { bookings: outcome.ok ? outcome.value : [], userErrors: await userErrors(ctx, outcome) };
    },
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
  },
  BookingSeries: {
    recurrence: (row) => row,
    bookings: (row, args, ctx) => bookingsOfSeries(ctx, row, args),
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
