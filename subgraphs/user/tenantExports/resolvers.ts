import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { exportTenant } from './exportTenant.ts';
import { openExport } from './openExport.ts';

export const tenantExportResolvers: Pick<Resolvers, 'Query' | 'Mutation'> = {
  Query: {
    internalOpenExport: (_, { token }, ctx) => openExport(ctx, token),
  },
  Mutation: {
    exportTenant: async (_, { tenantId }, ctx) =>
      payload(ctx, 'tenantExport', await exportTenant(ctx, tenantId)),
  },
};
