/** Resolvers of closures. */
import { payload, userErrors } from '@libs/graphql/payload';
import type { Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated.ts';
import { createClosures } from './createClosures.ts';
import { deleteClosure } from './deleteClosure.ts';
import { importHolidays } from './importHolidays.ts';
import type { ChangedClosures } from './makeClosures.ts';
import { closures, timesOf } from './reads.ts';
import { updateClosure } from './updateClosure.ts';

const NOTHING: ChangedClosures = { closures: [], affected: [], affectedCount: 0 };

const changed = async (ctx: Context, outcome: Outcome<ChangedClosures>) => ({
  ...(outcome.ok ? outcome.value : NOTHING),
  userErrors: await userErrors(ctx, outcome),
});

const references = (ids: string[] | null) => ids?.map((id) => ({ id })) ?? null;

export const closureResolvers = {
  Query: {
    closures: (_, args, ctx) => closures(ctx, args),
  },
  Mutation: {
    createClosures: async (_, { input }, ctx) => changed(ctx, await createClosures(ctx, input)),
    importHolidays: async (_, { input }, ctx) => changed(ctx, await importHolidays(ctx, input)),
    updateClosure: async (_, { input }, ctx) => changed(ctx, await updateClosure(ctx, input)),
    deleteClosure: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteClosure(ctx, id)),
  },
  Closure: {
    tenant: ({ tenantId }) => ({ id: tenantId }),
    from: (row) => timesOf(row).from,
    to: (row) => timesOf(row).to,
    startTime: (row) => timesOf(row).startTime,
    endTime: (row) => timesOf(row).endTime,
    resources: ({ resourceIds }) => references(resourceIds),
    categories: ({ categoryIds }) => references(categoryIds),
  },
} satisfies Resolvers;
