/** Resolvers of holds. */
import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { localTimeOf } from '../bookings/reads.ts';
import { confirmHold } from './confirmHold.ts';
import { createHold } from './createHold.ts';
import { isHoldOver, readHold } from './holdAccess.ts';
import { releaseHold } from './releaseHold.ts';

export const holdResolvers: Pick<Resolvers, 'Hold'> & {
  Query: Pick<NonNullable<Resolvers['Query']>, 'hold'>;
  Mutation: Pick<NonNullable<Resolvers['Mutation']>, 'createHold' | 'confirmHold' | 'releaseHold'>;
} = {
  Query: {
    hold: (_, { id }, ctx) => readHold(ctx, id),
  },
  Mutation: {
    createHold: async (_, { input }, ctx) => payload(ctx, 'hold', await createHold(ctx, input)),
    confirmHold: async (_, { input }, ctx) => payload(ctx, 'booking', await confirmHold(ctx, input)),
    releaseHold: async (_, { id }, ctx) => payload(ctx, 'hold', await releaseHold(ctx, id)),
  },
  Hold: {
    tenant: ({ tenantId }) => ({ id: tenantId }),
    user: ({ userId }) => ({ id: userId }),
    client: ({ clientId }) => ({ id: clientId }),
    resources: ({ resources }) =>
      resources.map(({ resourceId, seats }) => ({ resource: { id: resourceId }, seats })),
    localStart: (hold, _, ctx) => localTimeOf(ctx, hold, hold.startTime),
    localEnd: (hold, _, ctx) => localTimeOf(ctx, hold, hold.endTime),
    isExpired: (hold, _, ctx) => hold.bookingId === null && isHoldOver(hold, ctx),
  },
};
