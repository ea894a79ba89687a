/** Deliveries to many endpoints beside the same requests by undici alone. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { federation } from '@libs/testing/federation';
import { eventually } from '@libs/testing/eventFixtures';
import { testFolder } from '@libs/testing/folders';
import { expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';
import { reporter } from './report.ts';
import { startProgram } from './startProgram.ts';

const report = reporter(import.meta.filename);
const ENDPOINTS = 50;
const BOOKINGS = 100;
const DELIVERIES = ENDPOINTS * BOOKINGS;
const WARM_UP_BOOKINGS = 10;
/** As many as the delivery worker's attempts at once. */
const CONNECTIONS = 128;
const HOURS_OF_DAY = 15;
const FIRST_DAY = 6;
const DELIVERIES_LIMIT_MS = 180_000;

// Only development delivers to addresses of this machine.
const vaga = await federation({ variables: { NODE_ENV: 'production', LOG_LEVEL: 'silent' } });
const { admin, resourceId } = await setUpTenant(vaga, await vaga.signIn());
const answerFile = path.join(await testFolder(), 'answer');
writeFileSync(answerFile, '{}');
const receiver = await startProgram('fixedAnswer.ts', { ANSWER_FILE: answerFile }, CONNECTIONS);

for (let number = 0; number < ENDPOINTS; number += 1) {
  const input = { url: `${receiver.url}/${number}`, events: ['BOOKING_CREATED'] };
  await mutate(vaga, admin.token, 'createWebhook', input, 'webhook { id }');
}

const { sql } = vaga.databases.tenant;
const succeeded = async () =>
  (await sql`select id from webhook_deliveries where status = 'SUCCEEDED'`).length;

let booked = 0;
/** Makes bookings; resolves once every delivery has succeeded. */
async function deliver(bookings: number): Promise<void> {
  for (const until = booked + bookings; booked < until; booked += 1) {
    const [day, hour] = [FIRST_DAY + Math.floor(booked / HOURS_OF_DAY), 6 + (booked % HOURS_OF_DAY)];
    const input = { resourceId, startTime: daysAhead(day, hour), endTime: daysAhead(day, hour + 1) };
    await mutate(vaga, admin.token, 'createBooking', input, 'booking { id }');
  }
  const expected = booked * ENDPOINTS;
  await eventually('every delivery succeeds', async () => (await succeeded()) === expected, {
    limitMs: DELIVERIES_LIMIT_MS,
    everyMs: 100,
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
  const began = performance.now();
  await deliver(BOOKINGS);
  const perSecond = DELIVERIES / ((performance.now() - began) / 1_000);
  const [{ body }] = (await sql`select body from webhook_deliveries limit 1`) as unknown as [
    { body: string },
  ];
  await undiciAlone(body);
  report({
    name: `${DELIVERIES} deliveries to ${ENDPOINTS} endpoints, bookings included`,
    unit: '/s',
    rounds: [perSecond],
    beside: [{ name: 'undici alone', rounds: [await undiciAlone(body)] }],
  });
});
