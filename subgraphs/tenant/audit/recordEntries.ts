import { EVENT_TYPES } from '@libs/events/catalogue';
import type { BatchContext, Reactions } from '@libs/events/reactions';
import { entryOf } from './auditEntry.ts';
import { insertEntriesOfAllTenants } from './store.ts';

/** Writes in the transaction that consumes the events. */
async function recordEntries({ tx, events }: BatchContext, keptDays: number): Promise<void> {
  await insertEntriesOfAllTenants(
    tx,
    events.map((event) => {
      const entry = entryOf(event);
      return { ...entry, keptUntil: entry.occurredAt.add({ hours: 24 * keptDays }) };
    }),
  );
}

/** The reactions of the consumer group `audit`: every event becomes an entry. */
export function auditReactions(keptDays: number): Reactions {
  const reaction = { applyAll: (ctx: BatchContext) => recordEntries(ctx, keptDays) };
  return Object.fromEntries(EVENT_TYPES.map((type) => [type, reaction]));
}
