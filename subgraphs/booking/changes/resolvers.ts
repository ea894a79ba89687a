/** What the API may ask of changes. */
import type { Told } from '@libs/graphql/serveSubscriptions';
import type { Resolvers } from '../generated.ts';
import { bookingChanged } from './bookingChanged.ts';
import type { Changes } from './changes.ts';
import { checkpointOf, type Change } from './readChanges.ts';

export const changeResolvers = (changes: Changes): Resolvers => ({
  Subscription: {
    bookingChanged: {
      subscribe: (_, args, ctx) => bookingChanged(ctx, changes, args),
      resolve: ({ event }: Required<Told<Change>>) => event,
    },
  },
  BookingChange: {
    cursor: (change) => changes.cursors.seal(change.tenantId, checkpointOf(change)),
  },
});
