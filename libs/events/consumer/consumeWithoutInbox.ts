/**
 * Consumes events in the transaction that ingests them, without the inbox: with half the statements.
 *
 * The inbox keeps the order of each key while events wait, fail or are shared among processes. Nothing is lost without it as long as nothing
 * waits: the process that ingests holds the stream's lock until its effects are committed, so whoever ingests next sees them.
 */
import type { Tx } from '@libs/db/inTransaction';
import type { ParsedEntry } from '../entries.ts';
import { consumeEvents, type ConsumeDeps } from './consumeEvents.ts';

/** Whether batch reactions can apply all of them together. */
function areOneBatch({ reactions }: ConsumeDeps, events: readonly ParsedEntry[]): boolean {
  const keys = new Set(events.map(({ key }) => key));
  return keys.size === events.length && events.every(({ type }) => typeof reactions[type] === 'object');
}

/**
 * Returns those that it applied: all but repeats. Undefined, having done nothing, if they must go through the inbox, because others wait
 * in it or they do not make one batch. Call it under the stream's lock. Throws what a reaction throws.
 */
export async function consumeWithoutInbox(
  tx: Tx,
  deps: ConsumeDeps,
  events: readonly ParsedEntry[],
): Promise<readonly ParsedEntry[] | undefined> {
  if (!areOneBatch(deps, events)) return undefined;
  if (events.length === 0) return [];
  const recorded = await recordUnlessOthersWait(
    tx,
    deps,
    events.map(({ metadata }) => metadata.event_id),
  );
  if (!recorded) return undefined;
  const fresh = events.filter(({ metadata }) => recorded.has(metadata.event_id));
  if (fresh.length > 0) await consumeEvents(tx, deps, fresh, async () => fresh);
  return fresh;
}

/** Ids of the events that had not been consumed before and are no dead letters, which only an operator sends again; undefined, having recorded nothing, if the inbox is not empty. */
async function recordUnlessOthersWait(
  { sql }: Tx,
  { group }: ConsumeDeps,
  eventIds: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const [row] = await sql<{ isWaiting: boolean; recorded: string[] }[]>`
    with inbox_state as materialized (
      select exists (select from inbox where dead_at is null) as is_waiting
    ), recorded as (
      insert into consumed_events (consumer_group, event_id)
      select ${group}, event.id from inbox_state, unnest(${[...eventIds]}::uuid[]) as event (id)
      where not is_waiting and not exists (select from inbox dead where dead.consumer_group = ${group} and dead.event_id = event.id)
      on conflict do nothing
      returning event_id
    )
    select is_waiting as "isWaiting", array(select event_id from recorded) as recorded from inbox_state`;
  return row!.isWaiting ? undefined : new Set(row!.recorded);
}
