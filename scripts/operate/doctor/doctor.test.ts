import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockFolder } from '../../dev/servers/lockFile.ts';
import { afterAll, describe, expect, it, test } from 'vitest';
import { clockFinding } from './clockFinding.ts';
import { leftFolders } from './leftFolders.ts';
import { judgeDisk, nodeFinding, timeZoneFinding } from './machineFindings.ts';
import { judgePostgres } from './postgresFindings.ts';
import { judgeRedis } from './redisFindings.ts';

test.each([
  ['20.18.3', 'problem'],
  ['20.19.0', 'fine'],
  ['18.20.0', 'problem'],
  ['24.0.0', 'fine'],
])('Node %s: %s', (version, level) => {
  expect(nodeFinding(version)).toMatchObject({ level });
});

test.each([
  ['2025c', 'warning'],
  ['2099a', 'fine'],
])('time zone data %s: %s', (release, level) => {
  expect(timeZoneFinding(release)).toMatchObject({ level });
});

test.each([
  [0.9, 'problem'],
  [4.9, 'warning'],
  [50, 'fine'],
])('%s GiB free: %s', (gib, level) => {
  expect(judgeDisk(gib * 2 ** 30, '/data')).toMatchObject({ level });
});

test('a clock is compared with the time around the question', () => {
  const at = (serverMs: number) =>
    clockFinding('Redis', { askedMs: 10_000, serverMs, answeredMs: 13_000 }).level;
  expect([8_900, 9_100, 11_000, 13_900, 14_100].map(at)).toEqual([
    'warning',
    'fine',
    'fine',
    'fine',
    'warning',
  ]);
});

describe('Postgres', () => {
  const good = {
    version: 160_004,
    encoding: 'UTF8',
    maxConnections: 100,
    hasGist: true,
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
  };
  it.each([
    [{}, ['fine']],
    [{ version: 140_010 }, ['problem']],
    [{ fsync: 'off', full_page_writes: 'off' }, ['problem', 'problem']],
    [{ synchronous_commit: 'off' }, ['problem']],
    [{ synchronous_commit: 'remote_apply' }, ['fine']],
    [{ encoding: 'SQL_ASCII' }, ['problem']],
    [{ maxConnections: 20 }, ['warning']],
    [{ hasGist: false }, ['problem']],
  ])('%j', (changed, levels) => {
    expect(judgePostgres('booking', { ...good, ...changed }).map(({ level }) => level)).toEqual(levels);
  });
});

describe('Redis', () => {
  const good = { redis_version: '7.0.15', maxmemory_policy: 'noeviction', aof_enabled: '1' };
  it.each([
    [{}, ['fine']],
    [{ redis_version: '6.0.16' }, ['problem']],
    [{ maxmemory_policy: 'allkeys-lru' }, ['problem']],
    [{ maxmemory_policy: 'volatile-lru' }, ['fine']],
    [{ aof_enabled: '0' }, ['warning']],
    [{ maxmemory: '0', used_memory: '900' }, ['fine']],
    [{ maxmemory: '1000', used_memory: '899' }, ['fine']],
    [{ maxmemory: '1000', used_memory: '900' }, ['warning']],
    [{ maxmemory: '1000', used_memory: '1000' }, ['problem']],
    [{ maxmemory: '1000', used_memory: '1000', mem_not_counted_for_evict: '50' }, ['warning']],
  ])('%j', (changed, levels) => {
    const info = new Map(Object.entries({ ...good, ...changed }));
    expect(judgeRedis(info).map(({ level }) => level)).toEqual(levels);
  });
});

describe('what was left behind', async () => {
  const parent = await realpath(await mkdtemp(path.join(tmpdir(), 'doctor-')));
  afterAll(() => rm(parent, { recursive: true }));

  it('is a folder whose data folder was removed, unless a launcher has it', async () => {
    const present = path.join(parent, 'present');
    await mkdir(present);
    const notes = {
      used: present,
      removed: `${parent}/removed-data`,
      locked: `${parent}/other`,
      foreign: undefined,
    };
    for (const [name, dataDir] of Object.entries(notes)) {
      await mkdir(path.join(parent, 'caches', name), { recursive: true });
      if (dataDir) await writeFile(path.join(parent, 'caches', name, 'data-dir'), dataDir);
    }
    const lock = await lockFolder(path.join(parent, 'caches/locked'));
    expect(await leftFolders([path.join(parent, 'caches'), path.join(parent, 'missing')])).toEqual([
      path.join(parent, 'caches/removed'),
    ]);
    await lock.release();
    expect(await readdir(path.join(parent, 'caches'))).toHaveLength(4);
  });
});
