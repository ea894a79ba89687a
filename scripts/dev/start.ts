/**
 * `npm start`, once the packages are installed: starts Postgres and Redis unless they are given, migrates, starts four subgraphs
 * and the gateway, and runs until Ctrl-C or SIGTERM. Processes that die are restarted; Postgres is not.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lockFolder } from './servers/lockFile.ts';
import { isPortFree } from './servers/ports.ts';
import { memoryOf, waitUntil } from './servers/processes.ts';
import { migrate } from '../../drizzle/migrate.ts';
import { bundle } from '../build/bundle.ts';
import { keepRunning, startChild, waitForReady, type Child } from './children.ts';
import { cacheFolderOf } from './dataDirs.ts';
import { interruptedRestore } from './interruptedRestore.ts';
import { DATA_DIR_NOTE } from './servers/runAsUser.ts';
import { databaseUrls, ownPostgres, ownRedis } from './servers.ts';
import { PROCESSES } from '@libs/runtime/subgraphs';
import { readSettings, type StartSettings } from './startSettings.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** Ctrl-C arrives twice, from the terminal and from npm: signals this close together count as one. */
const DOUBLE_SIGNAL_MS = 1000;
/** How long the children of a killed launcher may take to free their ports. */
const PORTS_LIMIT_MS = 12_000;

const began = performance.now();
const say = (line: string): void => console.log(line);

/** What has been started, in groups that are stopped together, last group first. */
const groups: (() => Promise<unknown>)[] = [];
const children: Child[] = [];
let isStopping = false;

const isAsked = new Promise<void>((resolve) => {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      isStopping = true;
      say('\nStopping (once more to end at once)');
      resolve();
    } else if (now - firstAt > DOUBLE_SIGNAL_MS) {
      for (const child of children) child.kill();
      // The watchdogs end the servers.
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
});

/** Logs a step; throws once stopping has begun, so that nothing new is started. */
function begin(what: string): void {
  if (isStopping) throw new Error('stopped while starting');
  say(what);
}

/** Starts everything. Rejects if something fails to start, or later dies for good. */
async function start(): Promise<never> {
  const settings = await readSettings(ROOT, process.env);
  await mkdir(settings.dataDir, { recursive: true });
  const lock = await lockFolder(settings.dataDir);
  groups.push(() => lock.release());
  await refuseMixture(settings);
  await checkPorts(settings, lock.isTakenOver);
  const isBundled = bundleFor(settings.dataDir);
  isBundled.catch(() => {});
  const [postgres, redis] = await startServers(settings);
  const urls = await databaseUrls(settings, postgres);

  begin('Migrating the databases');
  await Promise.all(Object.entries(urls).map(([name, url]) => migrate(name as keyof typeof urls, url)));

  begin('Starting four subgraphs and the gateway');
  const bundles = await isBundled;
  const variables = { ...settings.variables };
  for (const [name, url] of Object.entries(urls)) variables[`${name.toUpperCase()}_DATABASE_URL`] = url;
  if (redis) variables['REDIS_URL'] = redis.url;
  const first = PROCESSES.map((name) => startChild(name, bundles, variables));
  children.push(...first);
  groups.push(() => Promise.all(children.slice(0, -1).map((child) => child.stop())));
  groups.push(() => children.at(-1)!.stop());
  await Promise.all(
    first.map(async (child, index) => {
      const port = settings.ports[child.name];
      await waitForReady(child, port);
      if (isStopping) return;
      children[index] = keepRunning(child, () => startChild(child.name, bundles, variables), port, say);
      say(`  ${child.name} is ready`);
    }),
  );
  welcome(settings);
  return firstDeath([...children, ...(postgres ? [{ name: 'Postgres', ended: postgres.ended }] : [])]);
}

/** Throws one line if the servers would start on what an interrupted restore has left. */
async function refuseMixture({ dataDir, startsPostgres, startsRedis }: StartSettings): Promise<void> {
  const interrupted = startsPostgres || startsRedis ? await interruptedRestore(dataDir) : undefined;
  if (interrupted) throw new Error(interrupted);
}

/** Bundles the processes into the data folder's own folder, which is locked with it. Returns the bundles' folder. */
async function bundleFor(dataDir: string): Promise<string> {
  const folder = cacheFolderOf(ROOT, dataDir);
  await bundle(folder);
  await writeFile(path.join(folder, DATA_DIR_NOTE), dataDir);
  return folder;
}

/** Throws one line for each taken port. If a killed launcher held the folder, waits for its children to end first. */
async function checkPorts({ ports }: StartSettings, isTakenOver: boolean): Promise<void> {
  let taken: (typeof PROCESSES)[number][] = [];
  await waitUntil(
    async () => {
      const free = await Promise.all(PROCESSES.map((name) => isPortFree(ports[name])));
      taken = PROCESSES.filter((_, index) => !free[index]);
      return taken.length === 0;
    },
    isTakenOver ? PORTS_LIMIT_MS : 0,
  );
  if (taken.length === 0) return;
  const lines = taken.map(
    (name) =>
      `Port ${ports[name]} is taken: end what listens there, or set ${name.toUpperCase()}_PORT for the ${name}`,
  );
  throw new Error(lines.join('\n'));
}

async function startServers(settings: StartSettings) {
  const { startsPostgres, startsRedis, isProduction, dataDir } = settings;
  if (isProduction && (startsPostgres || startsRedis)) {
    say('Warning: the bundled Postgres and Redis are for development; use your own in production');
  }
  if (startsPostgres || startsRedis) {
    const names = [startsPostgres && 'Postgres', startsRedis && 'Redis'].filter(Boolean).join(' and ');
    begin(`Starting ${names} (data in ${dataDir})`);
  }
  const postgres = startsPostgres ? ownPostgres(settings, say) : undefined;
  const redis = startsRedis ? ownRedis(settings, say) : undefined;
  groups.push(() => Promise.all([redis?.stop(), postgres?.stop()]));
  return Promise.all([postgres?.started, redis?.started]);
}

async function firstDeath(parts: { name: string; ended: Promise<string> }[]): Promise<never> {
  const [name, how] = await Promise.race(parts.map(async (part) => [part.name, await part.ended] as const));
  throw new Error(`${name} ${how}: stopping everything`);
}

function welcome({ ports, signIn }: StartSettings): void {
  const gateway = `http://localhost:${ports.gateway}`;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(`
Vaga is ready after ${seconds} s.

  Landing page      ${gateway}/
  API and Sandbox   ${gateway}/graphql
  Explorer          ${gateway}/explorer (works without internet)
  Demo              ${gateway}/demo (after npm run demo)
  Contract          ${gateway}/schema.graphql
`);
  say(`  Memory            ${memoryLine()}\n`);
  if (signIn.length > 0) say(`  Sign in as        ${signIn.join(' / ')} (mutation signIn)\n`);
  say('Ctrl-C stops everything.');
}

const MIB = 2 ** 20;

/** What each process takes, and all of them. */
function memoryLine(): string {
  const parts = children.map(({ name, pid }) => ({ name, bytes: (pid && memoryOf(pid)) || 0 }));
  const all = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const mib = (bytes: number): string => String(Math.round(bytes / MIB));
  return `${mib(all)} MiB (${parts.map(({ name, bytes }) => `${name} ${mib(bytes)}`).join(', ')})`;
}

async function stop(): Promise<void> {
  isStopping = true;
  for (const group of groups.toReversed()) {
    await group().catch((error: Error) => console.error(error.message));
  }
}

let exitCode = 0;
// Writing to a closed terminal fails, which must not prevent the shutdown.
process.stdout.on('error', () => {});
try {
  await Promise.race([start(), isAsked]);
} catch (error) {
  console.error((error as Error).message);
  exitCode = 1;
}
await stop();
say('Stopped.');
process.exit(exitCode);
