import { createServer, connect as connectTo, type AddressInfo } from 'node:net';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { connect } from './connect.ts';

const { url } = await testDatabase('empty');
const db = connect(url, { name: 'arrays' });
afterAll(db.close);

test.each([
  ['int2', [-1, 2]],
  ['int4', [-1, 2]],
  ['text', ['a', '', 'null', 'NULL', 'a,b', '{}', '"', '\\', '\\"', 'ção\n']],
  ['uuid', ['0193f4a0-0000-7000-8000-000000000001']],
  ['text', [null, 'a']],
  ['text', []],
])('an array of %s is written and read', async (type, values) => {
  const [row] = await db.sql.unsafe(`select $1::${type}[] as read, cardinality($1::${type}[]) as count`, [
    values as string[],
  ]);
  expect(row).toEqual({ read: values, count: values.length });
});

test('an element that is undefined is refused, as a parameter that is undefined', async () => {
  const ids = ['0193f4a0-0000-7000-8000-000000000001', undefined] as string[];
  await expect(db.sql`select ${ids}::uuid[]`).rejects.toThrow('undefined elements');
  await expect(db.sql`select ${ids[1]!}::uuid`).rejects.toThrow('Undefined');
});

test('an array of an enum is passed as text', async () => {
  await db.sql`create type mood as enum ('HAPPY', 'SAD')`;
  const [row] = await db.sql`select 'SAD'::mood = any(${['HAPPY', 'SAD']}::text[]::mood[]) as found`;
  expect(row).toEqual({ found: true });
});

test('connections that are lost as soon as they are open reject only the statements that wait for them', async () => {
  let cuts = 3;
  const target = new URL(url);
  const proxy = createServer((client) => {
    const server = connectTo(Number(target.port), target.hostname);
    const cut = () => [client, server].forEach((socket) => socket.destroy());
    for (const socket of [client, server]) socket.on('error', cut).on('close', cut);
    client.pipe(server);
    server.on('data', (data: Buffer) => {
      client.write(data);
      // ReadyForQuery ends what the server says when it accepts a connection.
      const isReady = data.subarray(-6, -1).equals(Buffer.from([0x5a, 0, 0, 0, 5]));
      if (!isReady || cuts === 0) return;
      cuts -= 1;
      setImmediate(cut);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const lossy = connect(Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href, {
    name: 'lossy',
    max: 1,
  });
  const outcomes: unknown[] = [];
  while (cuts > 0)
    outcomes.push(
      await lossy.sql`select pg_sleep(0.2)`.then(
        () => 'answered',
        () => 'rejected',
      ),
    );
  expect(outcomes).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await lossy.sql`select 1 as one`).toEqual([{ one: 1 }]);
  await lossy.close();
  proxy.close();
});
