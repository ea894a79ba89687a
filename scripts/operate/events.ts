/** `npm run events`: shows the state of events, and sends them again. See docs/runbook.md. */
import { parseArgs } from 'node:util';
import { openSession, connectRedis, type RedisConnection } from '@libs/cache/redis';
import { hostsOf } from '@libs/cache/redisAddress';
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
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';
import { withDatabases, type Databases } from './withDatabases.ts';

/** Dead letters listed for each database. */
const MAX_LISTED = 100;

const NAMES = new Intl.ListFormat('en', { type: 'disjunction' }).format(SUBGRAPHS);

const USAGE = `npm run events -- status                     unpublished, unconsumed and failed events, and how old they are
npm run events -- dead                       dead letters: events that failed five times, with their errors
npm run events -- redeliver --all            makes all dead letters due again
npm run events -- redeliver <event id> …     … or these
npm run events -- replay --database <name> --since <time> [--reapply <name>]
    publishes a database's events since a time (2026-11-24T10:00:00Z) again; services that have consumed one drop it, except
    the one that --reapply names. A name is ${NAMES}.

The databases and Redis are those of the environment, else of the running npm start (DATA_DIR, if several run).`;

/** `takes`: the options that it has, and 'ids'. */
type Command = { takes: string[]; run: (system: System) => Promise<void> };
type System = { redis: RedisConnection; databases: Databases };

const RESEND_REASONS: Record<ResendReason, string> = {
  REDIS_LOST: 'Redis lost events',
  HISTORY_REPLACED: 'the database was restored to an earlier state',
};

function showResends(name: SubgraphName, { dueAgain, isHistoryReplaced, last }: ResendStatus): void {
  if (isHistoryReplaced) {
    console.log(
      `${name}: the database was restored to an earlier state. Its relay publishes ${dueAgain} events again, and all since.`,
    );
  }
  if (last) {
    const { at, because, after, until } = last;
    console.log(
      `${name}: ${RESEND_REASONS[because]} (${at}): positions after ${after} up to ${until} were published again` +
        `${dueAgain > 0 && !isHistoryReplaced ? `; ${dueAgain} are still to come` : ''}.`,
    );
  }
}

async function showStatus({ redis, databases }: System): Promise<void> {
  console.log(
    'Outboxes: events that are committed and not yet in Redis; dueAgain: published before, and to be published again',
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
  console.log('Streams: lag (not yet delivered to the group), pending (delivered, not yet in its inbox)');
  const streams = await streamStatus(redis);
  console.table(
    streams.flatMap(({ stream, entries, dead, groups }) =>
      groups.length === 0
        ? [{ stream, entries, dead }]
        : groups.map(({ name, ...group }) => ({ stream, entries, dead, group: name, ...group })),
    ),
  );
  console.log('Inboxes: events that a service has ingested and not yet consumed');
  const inboxes = (await Promise.all(SUBGRAPHS.map((name) => inboxStatus(databases[name])))).flat();
  if (inboxes.length === 0) console.log('None.');
  else console.table(inboxes);
}

async function showDead({ databases }: System): Promise<void> {
  const letters = (
    await Promise.all(SUBGRAPHS.map((name) => listDeadLetters(databases[name], MAX_LISTED)))
  ).flat();
  if (letters.length === 0) console.log('There are no dead letters.');
  else console.table(letters);
}

async function redeliverThem({ redis, databases }: System, ids: string[], isAll: boolean): Promise<void> {
  if (isAll === ids.length > 0) throw new UsageError('Name event ids, or use --all.');
  const malformed = ids.find((id) => !isUuid(id));
  if (malformed !== undefined) throw new UsageError(`${malformed} is not an event id.`);
  const found: string[] = [];
  for (const name of SUBGRAPHS) found.push(...(await redeliver(databases[name], redis, isAll ? 'all' : ids)));
  console.log(`${found.length} dead letters are due again.`);
  const unknown = ids.filter((id) => !found.includes(id.toLowerCase()));
  if (unknown.length > 0) throw new CommandFailure(`There is no dead letter of ${unknown.join(', ')}.`);
}

function isSubgraph(name: string | undefined): name is SubgraphName {
  return (SUBGRAPHS as readonly (string | undefined)[]).includes(name);
}

async function replayThem(
  { redis, databases }: System,
  options: { database?: string; since?: string; reapply?: string },
): Promise<void> {
  const { database, reapply: reapplying } = options;
  if (!isSubgraph(database)) throw new UsageError(`--database must be ${NAMES}.`);
  if (reapplying !== undefined && !isSubgraph(reapplying)) {
    throw new UsageError(`--reapply must be ${NAMES}.`);
  }
  let since: Temporal.Instant;
  try {
    since = Temporal.Instant.from(options.since ?? '');
  } catch {
    throw new UsageError('--since must be a time with its offset, such as 2026-11-24T10:00:00Z.');
  }
  const count = await replay(databases[database], redis, since, async (eventIds) => {
    // Cleared before they are published, so that the service does not drop them as already consumed.
    if (reapplying !== undefined)
      await clearConsumed(databases[reapplying], `${reapplying}-service`, eventIds);
  });
  console.log(`${count} events of ${database} were published again.`);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      all: { type: 'boolean', default: false },
      database: { type: 'string' },
      since: { type: 'string' },
      reapply: { type: 'string' },
    },
  });
  if (values.help) return console.log(USAGE);
  const [command, ...ids] = positionals;
  const commands: Record<string, Command> = {
    status: { takes: [], run: showStatus },
    dead: { takes: [], run: showDead },
    redeliver: { takes: ['all', 'ids'], run: (system) => redeliverThem(system, ids, values.all) },
    replay: { takes: ['database', 'since', 'reapply'], run: (system) => replayThem(system, values) },
  };
  const found = commands[command ?? ''];
  const given = [
    ...(ids.length > 0 ? ['ids'] : []),
    ...Object.entries(values).flatMap(([name, value]) => (value ? name : [])),
  ];
  if (!found || given.some((name) => !found.takes.includes(name))) throw new UsageError(USAGE);

  await withDatabases('events', async (databases, redisUrl) => {
    const shared = connectRedis(redisUrl, { name: 'events', log: silentLog() });
    try {
      const redis = await openSession(shared, 'events').catch((error: Error) => {
        throw new CommandFailure(
          `Redis does not answer at ${hostsOf(redisUrl)
            ?.map(({ host, port }) => `${host}:${port}`)
            .join(', ')}: ${error.message}`,
        );
      });
      try {
        await found.run({ redis, databases });
      } finally {
        redis.disconnect();
      }
    } finally {
      shared.disconnect();
    }
  });
}

await runCommand(main);
