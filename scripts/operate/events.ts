/** `npm run events`: shows the state of events, and sends them again. See docs/runbook.md. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openSession, connectRedis, type RedisConnection } from '@libs/cache/redis';
import { connect, type Db } from '@libs/db/connect';
import { isUuid } from '@libs/db/ids';
import { redeliver } from '@libs/events/consumer/deadLetters';
import { clearConsumed, replay } from '@libs/events/operate/replay';
import type { ResendReason } from '@libs/events/relay/publish';
import {
  listDeadLetters,
  inboxStatus,
  outboxStatus,
  resendStatus,
  streamStatus,
  type ResendStatus,
} from '@libs/events/operate/eventStatus';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { silentLog } from '@libs/telemetry/log';
import { Temporal } from 'temporal-polyfill';
import { addresses } from './addresses.ts';

/** Dead letters listed for each database. */
const MAX_LISTED = 100;
const CONNECTIONS = 2;

const USAGE = `npm run events -- status                     what waits where, and since when
npm run events -- dead                       what was set aside after five failures, with its error
npm run events -- redeliver --all            lets everything that was set aside be consumed again
npm run events -- redeliver <event id> …     … or these events only
npm run events -- replay --database <name> --since <time> [--reapply <service>]
    sends a database's facts (booking, tenant, user, resource) since a time (2026-11-24T10:00:00Z) again;
    services that consumed one drop it, except the one that --reapply names (tenant, user, resource or booking)`;

/** The command line is wrong. */
class UsageError extends Error {}

type System = { redis: RedisConnection; databases: Record<SubgraphName, Db> };

const RESEND_REASONS: Record<ResendReason, string> = {
  REDIS_LOST: 'Redis lacked events that it had been given',
  HISTORY_REPLACED: 'the database had been put back to an earlier state',
};

function showResends(name: SubgraphName, { dueAgain, isHistoryReplaced, last }: ResendStatus): void {
  if (isHistoryReplaced) {
    console.log(
      `${name}: the database was put back to an earlier state. Its relay sends ${dueAgain} facts again, and all since.`,
    );
  }
  if (last) {
    const { at, because, after, until } = last;
    console.log(
      `${name}: ${RESEND_REASONS[because]} (${at}): positions after ${after} up to ${until} were sent again` +
        `${dueAgain > 0 && !isHistoryReplaced ? `; ${dueAgain} are still to come` : ''}.`,
    );
  }
}

async function showStatus({ redis, databases }: System): Promise<void> {
  console.log(
    'Outboxes: facts that are committed and not yet in Redis; dueAgain: sent once, and to be sent again',
  );
  const outboxes = await Promise.all(
    SUBGRAPHS.map(async (name) => ({
      name,
      status: await outboxStatus(databases[name]),
      resends: await resendStatus(databases[name], redis),
    })),
  );
  console.table(
    outboxes.map(({ name, status, resends }) => ({ database: name, ...status, dueAgain: resends.dueAgain })),
  );
  for (const { name, resends } of outboxes) showResends(name, resends);
  console.log('Streams: lag (not yet given to the group), pending (given, not yet safe in its inbox)');
  const streams = await streamStatus(redis);
  console.table(
    streams.flatMap(({ stream, entries, dead, groups }) =>
      groups.length === 0
        ? [{ stream, entries, dead }]
        : groups.map(({ name, ...group }) => ({ stream, entries, dead, group: name, ...group })),
    ),
  );
  console.log('Inboxes: facts that a service has taken in and not yet consumed');
  const inboxes = (await Promise.all(SUBGRAPHS.map((name) => inboxStatus(databases[name])))).flat();
  if (inboxes.length === 0) console.log('None.');
  else console.table(inboxes);
}

async function showDead({ databases }: System): Promise<void> {
  const letters = (
    await Promise.all(SUBGRAPHS.map((name) => listDeadLetters(databases[name], MAX_LISTED)))
  ).flat();
  if (letters.length === 0) console.log('Nothing was set aside.');
  else console.table(letters);
}

async function redeliverThem({ redis, databases }: System, ids: string[], isAll: boolean): Promise<void> {
  if (isAll === ids.length > 0) throw new UsageError('Name the events, or say --all.');
  const malformed = ids.find((id) => !isUuid(id));
  if (malformed !== undefined) throw new UsageError(`${malformed} is not the id of an event.`);
  let count = 0;
  for (const name of SUBGRAPHS)
    count += (await redeliver(databases[name], redis, isAll ? 'all' : ids)).length;
  console.log(`${count} will be consumed again.`);
}

function isSubgraph(name: string | undefined): name is SubgraphName {
  return (SUBGRAPHS as readonly (string | undefined)[]).includes(name);
}

async function replayThem(
  { redis, databases }: System,
  options: { database?: string; since?: string; reapply?: string },
): Promise<void> {
  const { database, reapply: reapplying } = options;
  if (!isSubgraph(database)) throw new UsageError('--database is tenant, user, resource or booking.');
  if (reapplying !== undefined && !isSubgraph(reapplying)) {
    throw new UsageError('--reapply is tenant, user, resource or booking.');
  }
  let since: Temporal.Instant;
  try {
    since = Temporal.Instant.from(options.since ?? '');
  } catch {
    throw new UsageError('--since is a time with its offset, such as 2026-11-24T10:00:00Z.');
  }
  const count = await replay(databases[database], redis, since, async (eventIds) => {
    // Cleared before they are sent, so that the service does not drop them as already consumed.
    if (reapplying !== undefined)
      await clearConsumed(databases[reapplying], `${reapplying}-service`, eventIds);
  });
  console.log(`${count} facts of ${database} were sent again.`);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      database: { type: 'string' },
      since: { type: 'string' },
      reapply: { type: 'string' },
    },
  });
  const [command, ...ids] = positionals;
  const commands: Record<string, (system: System) => Promise<void>> = {
    status: showStatus,
    dead: showDead,
    redeliver: (system) => redeliverThem(system, ids, values.all),
    replay: (system) => replayThem(system, values),
  };
  const work = commands[command ?? ''];
  if (!work) throw new UsageError(USAGE);

  const urls = await addresses(path.join(import.meta.dirname, '../..'), process.env);
  const shared = connectRedis(urls.redis, { name: 'events', log: silentLog() });
  const databases = Object.fromEntries(
    SUBGRAPHS.map((name) => [name, connect(urls.databases[name], { name: 'events', max: CONNECTIONS })]),
  ) as Record<SubgraphName, Db>;
  try {
    const redis = await openSession(shared, 'events').catch((error: Error) => {
      throw new UsageError(`Redis does not answer at ${new URL(urls.redis).host}: ${error.message}`);
    });
    try {
      await work({ redis, databases });
    } finally {
      redis.disconnect();
    }
  } finally {
    shared.disconnect();
    await Promise.all(SUBGRAPHS.map((name) => databases[name].close()));
  }
}

try {
  await main();
} catch (error) {
  const isUsageError =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(isUsageError ? (error as Error).message : error);
  process.exitCode = isUsageError ? 64 : 1;
}
