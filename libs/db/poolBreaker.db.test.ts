/** A database that hangs: a proxy before it keeps silent. */
import { PROBE_TIMEOUT_MS, SILENCE_MS } from '@libs/telemetry/silence';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { connect } from './connect.ts';
import { inTransaction } from './inTransaction.ts';

const MAX_CONNECTIONS = 3;
const GIVE_UP_MS = SILENCE_MS + PROBE_TIMEOUT_MS;
const RECOVERY_LIMIT_MS = 5_000;
/** The tolerance on a busy machine. */
const TOLERANCE_MS = 2_000;

const database = await testDatabase('empty');
await database.sql`create table notes (text text)`;
const proxy = await tcpProxy(database.url);
const db = connect(proxy.url, { name: 'silent', max: MAX_CONNECTIONS });
afterAll(async () => {
  await db.close();
  await proxy.close();
});

const outcomeOf = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  const outcome = await work().then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
  return { outcome, tookMs: performance.now() - began };
};
const read = () => outcomeOf(async () => db.sql`select 1`);
const write = (text: string) =>
  outcomeOf(() => inTransaction(db, (tx) => tx.sql`insert into notes values (${text})`));
const canUseAllConnections = async () => {
  let arrived = 0;
  const meet = () =>
    inTransaction(db, async () => {
      arrived += 1;
      await expect.poll(() => arrived, { timeout: RECOVERY_LIMIT_MS }).toBe(MAX_CONNECTIONS);
    });
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, meet));
};

test.each([1, 2])(
  'statements fail soon, then at once, and all connections are usable afterwards; time %i',
  async () => {
    await canUseAllConnections();
    proxy.pause();
    // More than there are connections.
    const waiting = await Promise.all([
      ...Array.from({ length: 5 }, read),
      ...Array.from({ length: 5 }, () => write('lost')),
    ]);
    for (const { outcome, tookMs } of waiting) {
      expect(outcome).toMatch(/^CONNECTION_/);
      expect(tookMs).toBeLessThan(GIVE_UP_MS + TOLERANCE_MS);
    }
    for (const { outcome, tookMs } of await Promise.all([read(), write('lost'), read(), read(), read()])) {
      expect(outcome).toMatch(/^CONNECTION_/);
      expect(tookMs).toBeLessThan(SILENCE_MS);
    }
    proxy.resume();
    await expect
      .poll(async () => (await read()).outcome, { timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS })
      .toBe('done');
    await canUseAllConnections();
    expect(await database.sql`select * from notes where text = 'lost'`).toHaveLength(0);
  },
);

test('a long statement of a database that answers others goes on', async () => {
  const [long, meanwhile] = await Promise.all([
    outcomeOf(async () => db.sql`select pg_sleep(${(GIVE_UP_MS + TOLERANCE_MS) / 1_000})`),
    read(),
  ]);
  expect([long.outcome, meanwhile.outcome]).toEqual(['done', 'done']);
});

test('a transaction that is between two statements while its database hangs runs none among those of others', async () => {
  let goOn: () => void = () => {};
  const allowed = new Promise<void>((resolve) => (goOn = resolve));
  let isWaiting = false;
  const late: Promise<unknown>[] = [];
  const transaction = outcomeOf(() =>
    inTransaction(db, async (tx) => {
      await tx.sql`insert into notes values ('early')`;
      isWaiting = true;
      await allowed;
      late.push(outcomeOf(async () => tx.sql`insert into notes values ('late')`));
    }),
  );
  await expect.poll(() => isWaiting).toBe(true);
  proxy.pause();
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, read));
  proxy.resume();
  await expect
    .poll(async () => (await read()).outcome, { timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS })
    .toBe('done');
  await canUseAllConnections();
  expect((await transaction).outcome).toMatch(/^CONNECTION_/);
  goOn();
  await expect.poll(() => late.length).toBe(1);
  expect(await late[0]).toMatchObject({ outcome: 'Error: the transaction has ended' });
  expect(await database.sql`select * from notes`).toHaveLength(0);
});
