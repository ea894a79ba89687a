import type { Resolvers } from '../generated.ts';
import { auditTrail, historyOf, internalAuditOfPerson } from './reads.ts';

export const auditResolvers: Resolvers = {
  Query: {
    auditTrail: (_, args, ctx) => auditTrail(ctx, args),
    internalAuditOfPerson: (_, args, ctx) => internalAuditOfPerson(ctx, args),
  },
  Booking: {
    __resolveReference: ({ id }) => ({ id }),
    history: (booking, args, ctx) => historyOf(ctx, booking, args),
  },
  AuditEntry: {
    actor: (row) => row,
  },
  AuditActor: {
    kind: ({ actorKind }) => actorKind,
    user: ({ actorKind, actorId }) => (actorKind === 'USER' && actorId ? { id: actorId } : null),
    apiKeyId: ({ actorKind, actorId }) => (actorKind === 'API_KEY' ? actorId : null),
  },
};
