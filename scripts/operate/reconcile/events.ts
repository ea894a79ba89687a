/** Events that a service should have consumed and has not, because it was restored to a moment before it did. */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { GROUPS, type ConsumerGroup, type EventType, type StreamName } from '@libs/events/catalogue';
import { replay } from '@libs/events/operate/replay';
import type { Reactions } from '@libs/events/reactions';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { Temporal } from 'temporal-polyfill';
import { reactions as booking } from '../../../subgraphs/booking/reactions.ts';
import { reactions as resource } from '../../../subgraphs/resource/reactions.ts';
import { auditReactions } from '../../../subgraphs/tenant/audit/recordEntries.ts';
import { reactions as tenant } from '../../../subgraphs/tenant/reactions.ts';
import { reactions as user } from '../../../subgraphs/user/reactions.ts';
import { heal, type Run } from './findings.ts';

const PAGE_SIZE = 1_000;
/** Younger events may still be on their way. */
const MIN_AGE_SECONDS = 60;

/** Where each group notes what it has consumed, and what it reacts to. */
const CONSUMERS: Record<ConsumerGroup, { database: SubgraphName; reactions: Reactions }> = {
  'tenant-service': { database: 'tenant', reactions: tenant },
  'user-service': { database: 'user', reactions: user },
  'resource-service': { database: 'resource', reactions: resource },
  'booking-service': { database: 'booking', reactions: booking },
  audit: { database: 'tenant', reactions: auditReactions(0) },
};

type Row = { id: string; position: string; stream: StreamName; type: EventType; at: string };
/** By group. `first` is when the earliest occurred. */
type Missing = Map<ConsumerGroup, { count: number; first: string }>;

/** Published events, by position, in pages. */
async function* publishedPages({ sql }: Db): AsyncGenerator<Row[]> {
  let after = '0';
  for (;;) {
    const rows = await sql<Row[]>`
      select outbox.id, position::text, stream, event_type as type,
             to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
      from outbox, outbox_relay
      where position > ${after}::bigint and position <= published
        and occurred_at < now() - make_interval(secs => ${MIN_AGE_SECONDS})
      order by position limit ${PAGE_SIZE}`;
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.position;
  }
}

async function addMissing(run: Run, rows: readonly Row[], missing: Missing): Promise<void> {
  for (const [group, { database, reactions }] of Object.entries(CONSUMERS) as [
    ConsumerGroup,
    (typeof CONSUMERS)[ConsumerGroup],
  ][]) {
    const due = rows.filter(({ stream, type }) => GROUPS[stream].includes(group) && reactions[type]);
    if (due.length === 0) continue;
    const found = await run.databases[database].sql<{ id: string }[]>`
      select id from unnest(${due.map(({ id }) => id)}::uuid[]) as id
      where not exists (select from consumed_events where consumer_group = ${group} and event_id = id)
        and not exists (select from inbox where consumer_group = ${group} and event_id = id)`;
    const ids = new Set(found.map(({ id }) => id));
    if (ids.size === 0) continue;
    const before = missing.get(group);
    // Not the first by position: a request that took long began before others that were committed earlier.
    const times = due.filter(({ id }) => ids.has(id)).map(({ at }) => at);
    const first = [...times, ...(before ? [before.first] : [])].toSorted()[0]!;
    missing.set(group, { count: (before?.count ?? 0) + ids.size, first });
  }
}

/** Publishes them again, with all that came after the first; consumers drop repeats. */
export async function reconcileEvents(run: Run, redis: RedisConnection): Promise<void> {
  for (const name of SUBGRAPHS) {
    const missing: Missing = new Map();
    for await (const rows of publishedPages(run.databases[name])) await addMissing(run, rows, missing);
    if (missing.size === 0) continue;
    const since = [...missing.values()].map(({ first }) => first).toSorted()[0]!;
    const groups = [...missing].map(([group, { count }]) => `${count} by ${group}`).join(', ');
    await heal(run, `${name}: events since ${since} that were not consumed: ${groups}`, async () => {
      await replay(run.databases[name], redis, Temporal.Instant.from(since));
    });
  }
}
