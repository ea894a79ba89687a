import { payload } from '@libs/graphql/payload';
import type { Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated.ts';
import { acceptInvitation } from './acceptInvitation.ts';
import { requestLink } from './requestLink.ts';
import { resetPassword } from './resetPassword.ts';
import { signUp } from './signUp.ts';
import { verifyEmail } from './verifyEmail.ts';

/** A payload that says whether it was done. */
async function donePayload<Name extends string>(ctx: Context, name: Name, outcome: Outcome<true>) {
  const { userErrors } = await payload(ctx, name, outcome);
  return { [name]: outcome.ok, userErrors } as Record<Name, boolean> & { userErrors: typeof userErrors };
}

export const linkResolvers: Pick<Resolvers, 'Mutation'> = {
  Mutation: {
    requestPasswordReset: (_, args, ctx) => requestLink(ctx, 'RESET_PASSWORD', args),
    resetPassword: async (_, { input }, ctx) => donePayload(ctx, 'done', await resetPassword(ctx, input)),
    signUp: async (_, { input }, ctx) => donePayload(ctx, 'emailSent', await signUp(ctx, input)),
    requestEmailVerification: (_, args, ctx) => requestLink(ctx, 'VERIFY_EMAIL', args),
    verifyEmail: async (_, { token }, ctx) => donePayload(ctx, 'done', await verifyEmail(ctx, token)),
    acceptInvitation: async (_, { input }, ctx) =>
      payload(ctx, 'session', await acceptInvitation(ctx, input)),
  },
};
