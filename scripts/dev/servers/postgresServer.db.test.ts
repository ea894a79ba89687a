import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@libs/testing/testDatabases';
import { testFolder } from '@libs/testing/folders';
import { childrenOf } from '@libs/testing/leftovers';
import postgres from 'postgres';
import { afterAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { serverDirOf } from './runAsUser.ts';
import { createDatabaseFrom, createDatabases, dropDatabase } from './databases.ts';
import { startPostgres, type PostgresServer, type PostgresServerOptions } from './postgresServer.ts';
import { commandOf, waitUntil } from './processes.ts';

const db = await testDatabase('empty');
const MODULE = fileURLToPath(new URL('./postgresServer.ts', import.meta.url));

let dataDir: string;
const started: PostgresServer[] = [];

beforeEach(async () => {
  dataDir = path.join(await testFolder(), 'postgres');
});
afterAll(() => Promise.all(started.map((server) => server.stop())));

async function start(options: Partial<PostgresServerOptions> = {}): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir, fsync: false, ...options });
  started.push(server);
  return server;
}

async function ask<T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** Starts a server on the same folder with another process as its launcher. */
async function startElsewhere(): Promise<{ launcher: ChildProcess; pid: number }> {
  const program = `import { startPostgres } from ${JSON.stringify(MODULE)};
    startPostgres({ dataDir: ${JSON.stringify(dataDir)} }).then((server) => console.log(server.pid));
    setInterval(() => {}, 1000);`;
  const launcher = spawn('node', ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(launcher.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(commandOf(pid)).toContain(dataDir);
  return { launcher, pid };
}

/** Runs `work` while another server listens on the port. */
async function withPortTaken(port: number, work: (port: number) => Promise<void>): Promise<void> {
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  try {
    await work((other.address() as { port: number }).port);
  } finally {
    other.close();
  }
}

describe('startPostgres', () => {
  it('keeps its data and port over a restart, and leaves no process behind', async () => {
    const first = await start();
    await ask(first.url('postgres'), (sql) => sql`create table kept as select 7 as n`);
    await first.stop();
    expect(commandOf(first.pid)).toBeUndefined();
    const second = await start();
    expect(second.port).toBe(first.port);
    expect(await ask(second.url('postgres'), (sql) => sql`select n from kept`)).toEqual([{ n: 7 }]);
  });

  it('takes another port when its last one is taken', async () => {
    const first = await start();
    await first.stop();
    await withPortTaken(first.port, async () => {
      const second = await start();
      expect(second.port).not.toBe(first.port);
    });
  });

  it('refuses a given port that is taken', async () => {
    await withPortTaken(0, (port) => expect(start({ port })).rejects.toThrow(`Port ${port} is taken`));
  });

  it('runs two servers at once on two folders, and refuses a second one on the same folder', async () => {
    const [one, two] = await Promise.all([start(), start({ dataDir: `${dataDir}-2` })]);
    expect(one.port).not.toBe(two.port);
    await expect(start()).rejects.toThrow(/is in use by process \d+/);
    await ask(one.url('postgres'), (sql) => sql`select 1`);
  });

  it('refuses a wrong password, and lets only its account read the right one', async () => {
    const server = await start();
    const stranger = new URL(server.url('postgres'));
    stranger.password = 'guess';
    await expect(ask(stranger.href, (sql) => sql`select 1`)).rejects.toThrow(
      'password authentication failed',
    );
    const file = path.join(dataDir, 'password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(new URL(server.url('x')).password).toBe(await readFile(file, 'utf8'));
  });

  it('creates its cluster again when an earlier creation was interrupted', async () => {
    await mkdir(path.join(dataDir, 'cluster.draft', 'base'), { recursive: true });
    const server = await start();
    await ask(server.url('postgres'), (sql) => sql`select 1`);
  });

  it('starts although postmaster.pid has the process id of another program', async () => {
    const first = await start();
    await first.stop();
    // This process belongs to the same user or root, so Postgres would take it for a postmaster.
    await writeFile(path.join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n`, { mode: 0o600 });
    const second = await start();
    await ask(second.url('postgres'), (sql) => sql`select 1`);
  });

  it('ends when its launcher is killed, and starts again on its data', async () => {
    const { launcher, pid } = await startElsewhere();
    await expect(start()).rejects.toThrow(`is in use by process ${launcher.pid}`);
    launcher.kill('SIGKILL');
    expect(await waitUntil(() => commandOf(pid) === undefined, 10_000)).toBe(true);
    await start();
  });

  it('takes over the folder of a launcher that was killed together with its watchdog', async () => {
    const { launcher, pid } = await startElsewhere();
    for (const child of childrenOf(launcher.pid!).filter((one) => commandOf(one)?.includes('watchdog'))) {
      process.kill(child, 'SIGKILL');
    }
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    const server = await start();
    expect(commandOf(pid)).toBeUndefined();
    await ask(server.url('postgres'), (sql) => sql`select 1`);
  });

  it.runIf(process.getuid?.() === 0)('keeps root’s data in a folder that its account can enter', async () => {
    await chmod(path.dirname(dataDir), 0o700);
    const { dataDir: moved } = serverDirOf(dataDir, 'cluster');
    expect(moved).toMatch(/^\/var\/lib\/vaga\/[0-9a-f]{16}$/);
    const server = await start();
    await ask(server.url('postgres'), (sql) => sql`select 1`);
    await server.stop();
    expect(existsSync(path.join(moved, 'cluster', 'PG_VERSION'))).toBe(true);
    await rm(moved, { recursive: true });
  });

  it('reports that the server has ended by itself', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGINT');
    expect(await server.ended).toBe('ended with exit code 0');
  });
});

describe('databases', () => {
  it('are created once by concurrent calls', async () => {
    const server = await start();
    const admin = server.url('postgres');
    await Promise.all([1, 2, 3].map(() => createDatabases(admin, ['tenant', 'user'])));
    await createDatabases(admin, ['tenant', 'booking']);
    const rows = await ask(
      admin,
      (sql) => sql`select datname from pg_database where not datistemplate order by 1`,
    );
    expect(rows.map((row) => row['datname'] as string)).toEqual(['booking', 'postgres', 'tenant', 'user']);
  });

  it('are cloned with their content, and dropped while in use only with force', async () => {
    const { url } = db;
    const admin = inject('servers').postgresUrl;
    const template = new URL(url).pathname.slice(1);
    await ask(url, (sql) => sql`create table copied as select 'é' as letter`);
    await createDatabaseFrom(admin, template, `${template}_clone`);
    await ask(`${url}_clone`, async (sql) => {
      expect(await sql`select letter from copied`).toEqual([{ letter: 'é' }]);
      await expect(dropDatabase(admin, `${template}_clone`)).rejects.toMatchObject({ code: '55006' });
    });
    await dropDatabase(admin, `${template}_clone`, { force: true });
    await dropDatabase(admin, `${template}_clone`);
  });
});
