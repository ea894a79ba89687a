import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { changePassword } from './changePassword.ts';
import { deviceOf } from './devices.ts';
import { endSession } from './endSession.ts';
import { internalCaller, sessionsOf } from './reads.ts';
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
    endSession: async (_, { id }, ctx) => payload(ctx, 'deletedId', await endSession(ctx, id)),
    changePassword: async (_, { input }, ctx) => payload(ctx, 'user', await changePassword(ctx, input)),
  },
  User: { sessions: (row, _, ctx) => sessionsOf(ctx, row) },
  ActiveSession: {
    device: ({ userAgent }) => userAgent && deviceOf(userAgent),
    lastUsedAt: ({ lastUsedAt, createdAt }) => lastUsedAt ?? createdAt,
    isCurrent: ({ id }, _, { caller }) => 'sessionId' in caller && caller.sessionId === id,
  },
};
