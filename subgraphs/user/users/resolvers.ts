import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { createUser } from './createUser.ts';
import { deleteUser } from './deleteUser.ts';
import { inviteUser } from './inviteUser.ts';
import { permissionsOf } from './permissions.ts';
import { me, nameOf, user, userReference, users } from './reads.ts';
import { updateUser } from './updateUser.ts';

export const userResolvers: Resolvers = {
  Query: {
    me: (_, _args, ctx) => me(ctx),
    user: (_, { id }, ctx) => user(ctx, id),
    users: (_, args, ctx) => users(ctx, args),
  },
  Mutation: {
    createUser: async (_, { input }, ctx) => payload(ctx, 'user', await createUser(ctx, input)),
    updateUser: async (_, { input }, ctx) => payload(ctx, 'user', await updateUser(ctx, input)),
    inviteUser: async (_, { id }, ctx) => payload(ctx, 'user', await inviteUser(ctx, id)),
    deleteUser: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteUser(ctx, id)),
  },
  User: {
    __resolveReference: ({ id }, ctx) => userReference(ctx, id),
    tenant: (row) => ({ id: row.tenantId }),
    name: (row, _, ctx) => nameOf(ctx, row),
    permissions: permissionsOf,
    isInvited: ({ invitedAt }) => invitedAt !== null,
  },
  Tenant: {
    __resolveReference: ({ id }) => ({ id }),
    users: (tenant, args, ctx) => users(ctx, { ...args, tenantId: tenant.id }),
  },
};
