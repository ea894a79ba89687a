/** A database: whether it answers, its version, the settings that keep what is committed, room for connections, migrations. */
import { POOL_SIZE } from '@libs/db/connect';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import postgres from 'postgres';
import { migrationStatus } from '../../../drizzle/migrate.ts';
import { driverReason } from '../requireDatabase.ts';
import { clockFinding } from './clockFinding.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

const MIN_MAJOR = 15;
/** Settings that, when they are off, lose or damage what was committed in a power failure. */
const MUST_BE_ON = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;
/** Connections of a second process of the subgraph during a rolling restart, of migrations and of people. */
const SPARE_CONNECTIONS = POOL_SIZE + 4;

type Row = {
  version: number;
  encoding: string;
  maxConnections: number;
  now: number;
  hasGist: boolean;
} & Record<(typeof MUST_BE_ON)[number], string>;

export async function postgresFindings(name: SubgraphName, url: string): Promise<Finding[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    const askedMs = Date.now();
    const [row] = await sql<Row[]>`
      select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
        current_setting('max_connections')::int as "maxConnections", current_setting('fsync') as fsync,
        current_setting('full_page_writes') as full_page_writes, current_setting('synchronous_commit') as synchronous_commit,
        extract(epoch from clock_timestamp())::float8 * 1000 as now,
        exists (select 1 from pg_available_extensions where name = 'btree_gist') as "hasGist"`;
    const answeredMs = Date.now();
    return [
      ...judgePostgres(name, row!),
      clockFinding(`the ${name} database`, { askedMs, serverMs: row!.now, answeredMs }),
      await migrationFinding(name, sql),
    ];
  } catch (error) {
    return [
      problem(
        `The ${name} database does not answer: ${driverReason(error)}`,
        `Start it (npm start, docker compose up), or correct ${name.toUpperCase()}_DATABASE_URL.`,
      ),
    ];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export function judgePostgres(name: SubgraphName, row: Omit<Row, 'now'>): Finding[] {
  const findings: Finding[] = [];
  const major = Math.floor(row.version / 10_000);
  if (major < MIN_MAJOR)
    findings.push(problem(`The ${name} database is Postgres ${major}`, `Use ${MIN_MAJOR} or newer.`));
  if (row.encoding !== 'UTF8')
    findings.push(problem(`The ${name} database is encoded in ${row.encoding}`, 'Create it with UTF8.'));
  if (!row.hasGist && name === 'booking')
    findings.push(
      problem(
        'The booking database lacks the extension btree_gist',
        'Install the contrib modules of Postgres (postgresql-contrib).',
      ),
    );
  for (const setting of MUST_BE_ON) {
    if (row[setting] === 'off')
      findings.push(
        problem(
          `${setting} is off in the ${name} database: a power failure loses or damages what was committed`,
          `Set ${setting} = on.`,
        ),
      );
  }
  if (row.maxConnections < POOL_SIZE + SPARE_CONNECTIONS)
    findings.push(
      warning(
        `The ${name} database allows ${row.maxConnections} connections`,
        `Each process of the subgraph keeps up to ${POOL_SIZE}; allow ${POOL_SIZE + SPARE_CONNECTIONS} or more.`,
      ),
    );
  return findings.length > 0
    ? findings
    : [fine(`The ${name} database is Postgres ${major}, and keeps what is committed`)];
}

async function migrationFinding(name: SubgraphName, sql: postgres.Sql): Promise<Finding> {
  const { migrations, isOfNewerRelease } = await migrationStatus(name, sql);
  const pending = migrations.filter(({ isApplied }) => !isApplied).length;
  if (pending > 0) return problem(`${pending} migrations of ${name} are pending`, 'npm run migrate');
  if (isOfNewerRelease)
    return warning(`The ${name} database has migrations of a newer release`, 'Run that release here too.');
  return fine(`The ${name} database has every migration`);
}
