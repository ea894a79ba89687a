/**
 * 20 bookings with what they refer to through the gateway, beside the stock Apollo gateway before the same subgraphs, and beside the same
 * bytes from memory. With BENCH_HIVE=1 also beside Hive Gateway, which is installed for it (745 packages).
 */
import { keyring } from '@libs/auth/keys';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ALL_PERMISSIONS, type TenantUser } from '@libs/auth/caller';
import { PASSPORT_HEADER, passports, reusablePassport } from '@libs/auth/passport';
import { newId } from '@libs/db/ids';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { testFolder } from '@libs/testing/folders';
import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { startHive } from '../testing/hiveGateway.ts';
import { mutate } from '../testing/tenantSetup.ts';
import { PARALLEL_CLIENTS, post, sideBySide } from './load.ts';
import { reporter } from './report.ts';
import { startProgram } from './startProgram.ts';
import { benchSystem } from './system.ts';
import { slotsOf } from '../testing/freeSlots.ts';

const report = reporter(import.meta.filename);
const LENGTH = 20;

const withHive = process.env['BENCH_HIVE'] === '1';
const { vaga, setup, token, target, resourceIds } = await benchSystem({
  resources: 5,
  // Hive passes the client's token on.
  variables: withHive ? { SUBGRAPH_TRUST: 'token' } : {},
});
const nextSlot = slotsOf(resourceIds);
for (let count = 0; count < LENGTH; count += 1) {
  const input = { ...nextSlot(), clientId: count % 2 ? setup.user.id : setup.manager.id };
  await mutate(vaga, token, 'createBooking', input, 'booking { id }');
}

const query = `{ bookings(first: ${LENGTH}) { nodes {
  id startTime endTime status
  resource { id name category { id name } } user { id name } client { id name } tenant { id name }
} } }`;
const body = JSON.stringify({ query });

const addresses = SUBGRAPHS.map((name) => [
  `${name.toUpperCase()}_SERVICE_URL`,
  `http://127.0.0.1:${vaga.ports[name]}/graphql`,
]);
const stock = await startProgram('stockGateway.ts', Object.fromEntries(addresses), PARALLEL_CLIENTS);
const answer = await post(target, body, token);
const answerFile = path.join(await testFolder(), 'answer.json');
writeFileSync(answerFile, answer);
const memory = await startProgram('fixedAnswer.ts', { ANSWER_FILE: answerFile }, PARALLEL_CLIENTS);

const caller = {
  kind: 'user',
  userId: setup.admin.id,
  tenantId: setup.tenantId,
  userType: 'ADMIN',
  permissions: ALL_PERMISSIONS,
  sessionId: newId(),
} as TenantUser;
const passport = reusablePassport(passports(keyring(vaga.secretKey), 'gateway'), caller);

/** One for each subgraph, which the stock gateway tells apart by name. */
const passportsOfAll = async (): Promise<string> =>
  JSON.stringify(
    Object.fromEntries(
      await Promise.all(SUBGRAPHS.map(async (name) => [name, await passport(name)] as const)),
    ),
  );

async function askStock(): Promise<string> {
  const headers = { 'content-type': 'application/json', [PASSPORT_HEADER]: await passportsOfAll() };
  const answer = await stock.pool.request({ path: '/', method: 'POST', headers, body });
  const text = await answer.body.text();
  if (!text.includes('"data":{')) throw new Error(text.slice(0, 500));
  return text;
}

it('list', async () => {
  const { data } = JSON.parse(answer);
  expect(data.bookings.nodes).toHaveLength(LENGTH);
  expect(JSON.parse(await askStock()).data).toEqual(data);
  const beside = [
    { name: 'stock @apollo/gateway', work: askStock },
    { name: 'the bytes from memory', work: () => post(memory.pool, body, token) },
  ];
  if (withHive) {
    const hive = await startHive(vaga, { coalesces: false });
    const pool = new Pool(new URL(hive.url).origin, { connections: PARALLEL_CLIENTS });
    onTestFinished(async () => {
      await pool.close();
      await hive.stop();
    });
    expect(JSON.parse(await post(pool, body, token)).data).toEqual(data);
    beside.push({ name: 'Hive Gateway', work: () => post(pool, body, token) });
  }
  const ours = { name: `${LENGTH} bookings`, work: () => post(target, body, token) };
  report(await sideBySide(vaga, ours, beside));
});
