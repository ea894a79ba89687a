/** Deliveries to many endpoints beside the same requests by undici alone. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@libs/testing/eventFixtures';
import { testFolder } from '@libs/testing/folders';
import { expect, it } from 'vitest';
import { slotsOf } from '../testing/freeSlots.ts';
import { mutate } from '../testing/tenantSetup.ts';
import { reporter } from './report.ts';
import { addSpent, cpuByProcess, PARALLEL_CLIENTS, ROUNDS } from './load.ts';
import { startProgram } from './startProgram.ts';
import { benchSystem } from './system.ts';

const report = reporter(import.meta.filename);
const ENDPOINTS = 50;
const BOOKINGS = 100;
const DELIVERIES = ENDPOINTS * BOOKINGS;
const WARM_UP_BOOKINGS = 10;
/** As many as the delivery worker's attempts at once. */
const CONNECTIONS = 128;
const DELIVERIES_LIMIT_MS = 180_000;

// Only development delivers to addresses of this machine.
const { vaga, token, resourceIds } = await benchSystem({
  resources: 1,
  variables: { ENVIRONMENT: 'development' },
});
const nextSlot = slotsOf(resourceIds);
const answerFile = path.join(await testFolder(), 'answer');
writeFileSync(answerFile, '{}');
const receiver = await startProgram('fixedAnswer.ts', { ANSWER_FILE: answerFile }, CONNECTIONS);

for (let number = 0; number < ENDPOINTS; number += 1) {
  const input = { url: `${receiver.url}/${number}`, events: ['BOOKING_CREATED'] };
  await mutate(vaga, token, 'createWebhook', input, 'webhook { id }');
}

const { sql } = vaga.databases.tenant;
/** Cheap, since it is asked again and again. */
async function areDelivered(expected: number): Promise<boolean> {
  const [row] = await sql<[{ isDone: boolean }]>`
    select last_value >= ${expected} and not exists (select from webhook_deliveries where status = 'PENDING') as "isDone"
    from webhook_deliveries_arrival_seq`;
  return row.isDone;
}

let booked = 0;
/** Makes bookings; resolves once every delivery has succeeded. */
async function deliver(bookings: number): Promise<void> {
  const until = booked + bookings;
  const client = async () => {
    while (booked < until) {
      booked += 1;
      await mutate(vaga, token, 'createBooking', nextSlot(), 'booking { id }');
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CLIENTS }, client));
  await eventually('every delivery ends', () => areDelivered(booked * ENDPOINTS), {
    limitMs: DELIVERIES_LIMIT_MS,
    everyMs: 20,
  });
}

async function undiciAlone(body: string): Promise<number> {
  const began = performance.now();
  let sent = 0;
  const client = async () => {
    while (sent < DELIVERIES) {
      sent += 1;
      const request = { path: `/${sent % ENDPOINTS}`, method: 'POST', body } as const;
      const { statusCode, body: answer } = await receiver.pool.request(request);
      await answer.dump();
      expect(statusCode).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return DELIVERIES / ((performance.now() - began) / 1_000);
}

it('webhooks', async () => {
  await deliver(WARM_UP_BOOKINGS);
  const [{ body }] = (await sql`select body from webhook_deliveries limit 1`) as unknown as [
    { body: string },
  ];
  await undiciAlone(body);
  const rounds: number[] = [];
  const alone: number[] = [];
  const spentMs = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuByProcess(vaga);
    const began = performance.now();
    await deliver(BOOKINGS);
    rounds.push(DELIVERIES / ((performance.now() - began) / 1_000));
    addSpent(spentMs, before, cpuByProcess(vaga));
    alone.push(await undiciAlone(body));
  }
  const failed = await sql`select id from webhook_deliveries where status <> 'SUCCEEDED'`;
  expect(failed).toHaveLength(0);
  report({
    name: `${DELIVERIES} deliveries to ${ENDPOINTS} endpoints, bookings included`,
    unit: '/s',
    rounds,
    beside: [{ name: 'undici alone', rounds: alone }],
    cpuMs: Object.fromEntries([...spentMs].map(([name, ms]) => [name, ms / (DELIVERIES * ROUNDS)])),
  });
});
