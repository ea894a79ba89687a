/** Resolvers of changes. */
import type { ResumableEvent } from '@libs/graphql/serveSubgraphSubscriptions';
import type { Resolvers } from '../generated.ts';
import { bookingChanged } from './bookingChanged.ts';
import type { ChangeDeps } from './changes.ts';
import { checkpointOfChange, type Change } from './readChanges.ts';

export const changeResolvers = (changes: ChangeDeps): Resolvers => ({
  Subscription: {
    bookingChanged: {
      subscribe: (_, args, ctx) => bookingChanged(ctx, changes, args),
      resolve: ({ event }: Required<ResumableEvent<Change>>) => event,
    },
  },
  BookingChange: {
    cursor: (change) => changes.cursors.encode(change.tenantId, checkpointOfChange(change)),
  },
});
