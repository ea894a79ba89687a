/** Who caused an event. */
import type { Caller } from '@libs/auth/caller';
import { z } from 'zod';

export const actorSchema = z.object({
  kind: z.enum(['user', 'api_key', 'guest', 'platform', 'system']),
  /** The id of the user, key or platform administrator; null for the others. */
  id: z.uuid().nullable(),
});
export type Actor = z.output<typeof actorSchema>;

/** A deadline, a cascade, an offer; also the cause of events of releases that recorded none. */
export const SYSTEM: Actor = { kind: 'system', id: null };

/** Undefined: nobody called. */
export function actorOf(caller: Caller | undefined): Actor {
  switch (caller?.kind) {
    case 'user':
      return { kind: 'user', id: caller.userId };
    case 'apiKey':
      return { kind: 'api_key', id: caller.apiKeyId };
    case 'platform':
      return { kind: 'platform', id: caller.userId };
    case 'anonymous':
      return { kind: 'guest', id: null };
    case 'service':
    case undefined:
      return SYSTEM;
  }
}
