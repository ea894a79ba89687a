import type { Resolvers } from '../generated.ts';
import { internalBookingsOfPerson } from './reads.ts';

export const personResolvers: Resolvers = {
  Query: {
    internalBookingsOfPerson: (_, args, ctx) => internalBookingsOfPerson(ctx, args),
  },
};
