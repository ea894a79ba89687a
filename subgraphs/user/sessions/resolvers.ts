import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { changePassword } from './changePassword.ts';
import { internalCaller } from './reads.ts';
import { refreshSession } from './refreshSession.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';

export const sessionResolvers: Resolvers = {
  Query: {
    internalCaller: (_, { sessionId }, ctx) => internalCaller(ctx, sessionId),
  },
  Mutation: {
    signIn: async (_, { input }, ctx) => payload(ctx, 'session', await signIn(ctx, input)),
    refreshSession: async (_, { refreshToken }, ctx) =>
      payload(ctx, 'session', await refreshSession(ctx, refreshToken)),
    signOut: (_, { refreshToken }, ctx) => signOut(ctx, refreshToken),
    changePassword: async (_, { input }, ctx) => payload(ctx, 'user', await changePassword(ctx, input)),
  },
};
