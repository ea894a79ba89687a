/**
 * Finds a Redis server: redis-server or valkey-server on the PATH; else, on Debian and Ubuntu, the distribution's package,
 * downloaded and unpacked into the cache, which needs no root rights; else an error that says what to do on this platform.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeCacheDir } from './runAsUser.ts';

const run = promisify(execFile);

export type RedisProgram = {
  command: string;
  /** The whole environment to start it with (default: our own). */
  env?: Record<string, string>;
};

const SERVERS = ['redis-server', 'valkey-server'];
/** XAUTOCLAIM came with 6.2. */
const OLDEST = { major: 6, minor: 2 };
const VERSION_LIMIT_MS = 10_000;
/** For one call of apt-get or dpkg; updating the package lists takes longest. */
const FETCH_LIMIT_MS = 120_000;

/** The program to start. Rejects with one line that says what to install. */
export async function findRedis(log: (line: string) => void = () => {}): Promise<RedisProgram> {
  for (const command of SERVERS) {
    const program = { command };
    if (await isUsable(program)) return program;
  }
  const folder = path.join(await makeCacheDir(), 'redis');
  const cached = await unpackedIn(folder);
  if (cached) return cached;
  let reason = 'Redis is not on the PATH';
  if (existsSync('/usr/bin/apt-get')) {
    log('Fetching Redis from the distribution, this once (about 1.3 MB)');
    try {
      await fetchInto(folder);
    } catch (error) {
      reason += ` and could not be fetched (${lastLineOf(error)})`;
    }
    const fetched = await unpackedIn(folder);
    if (fetched) return fetched;
  }
  throw new Error(`${reason}: ${await advice()}`);
}

/** Whether it runs here and is new enough. Both servers print "… v=7.0.15 …". */
async function isUsable({ command, env }: RedisProgram): Promise<boolean> {
  try {
    const { stdout } = await run(command, ['--version'], { timeout: VERSION_LIMIT_MS, ...(env && { env }) });
    const [, major, minor] = /\bv=(\d+)\.(\d+)/.exec(stdout) ?? [];
    return Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  } catch {
    return false;
  }
}

/** The server unpacked in `folder`, with its libraries. */
async function unpackedIn(folder: string): Promise<RedisProgram | undefined> {
  const libraries: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const inside = await readdir(path.join(folder, parent), { withFileTypes: true }).catch(() => []);
    // One folder for each architecture, such as x86_64-linux-gnu.
    const named = inside.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'));
    libraries.push(...named.map((entry) => path.join(folder, parent, entry.name)));
  }
  const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: libraries.join(':') };
  for (const server of SERVERS) {
    // May be a link to one program that acts by the name it is called by, so never resolve it.
    const program = { command: path.join(folder, 'usr/bin', server), env };
    if (await isUsable(program)) return program;
  }
  return undefined;
}

/** Unpacks the server and its missing dependencies, by the machine's package lists, or a private set if those are missing or old. */
async function fetchInto(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    const lists = path.join(work, 'lists');
    const cache = path.join(work, 'cache');
    const privately = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
    const files = await download(work, ['-o', `Dir::Cache=${cache}`]).catch(async () => {
      await mkdir(path.join(lists, 'partial'), { recursive: true });
      await mkdir(path.join(cache, 'archives', 'partial'), { recursive: true });
      await run('apt-get', [...privately, 'update'], { timeout: FETCH_LIMIT_MS });
      return download(work, privately);
    });
    const unpacked = path.join(work, 'unpacked');
    for (const file of files) {
      await run('dpkg', ['-x', file, unpacked], { timeout: FETCH_LIMIT_MS });
    }
    await rm(folder, { recursive: true, force: true });
    await rename(unpacked, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads the first server that the distribution has, with its missing dependencies. */
async function download(work: string, options: string[]): Promise<string[]> {
  let failure: unknown;
  for (const server of SERVERS) {
    try {
      const plan = ['--simulate', '--no-install-recommends', 'install', server];
      const { stdout } = await run('apt-get', [...options, ...plan], { timeout: FETCH_LIMIT_MS });
      const packages = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);
      if (packages.length === 0) throw new Error(`${server} is installed, but does not run or is too old`);
      await run('apt-get', [...options, 'download', ...packages], { cwd: work, timeout: FETCH_LIMIT_MS });
      const files = await readdir(work);
      return files.filter((file) => file.endsWith('.deb')).map((file) => path.join(work, file));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function lastLineOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr?.trim() || message).split('\n').at(-1)!;
}

/** How to install Redis on this platform. */
async function advice(): Promise<string> {
  const orGiveUrl = ', or set REDIS_URL to a Redis 6.2 or newer, or a Valkey';
  if (process.platform === 'darwin') return `run "brew install redis"${orGiveUrl}`;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const commands: [RegExp, string][] = [
    [/^ID(_LIKE)?=.*(debian|ubuntu)/m, 'run "sudo apt-get install redis-server"'],
    [/^ID(_LIKE)?=.*(fedora|rhel)/m, 'run "sudo dnf install valkey"'],
    [/^ID(_LIKE)?=.*arch/m, 'run "sudo pacman -S valkey"'],
    [/^ID(_LIKE)?=.*suse/m, 'run "sudo zypper install redis"'],
    [/^ID=.*alpine/m, 'run "apk add redis"'],
  ];
  const found = commands.find(([distribution]) => distribution.test(release));
  return `${found?.[1] ?? 'install Redis or Valkey'}${orGiveUrl}`;
}
