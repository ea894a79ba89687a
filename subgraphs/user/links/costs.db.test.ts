/** Nobody learns from the cost of a request whether an address is known. */
import { connect } from '@libs/db/connect';
import { postgresProxy } from '@libs/testing/postgresProxy';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, PASSWORD, userFixtures, valueOf } from '../user.fixtures.ts';
import { linkFixtures } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { signUp } from './signUp.ts';

const { url, sql } = await testDatabase('user');
const proxy = await postgresProxy(url);
// One connection: its statements are prepared once.
const db = connect(proxy.url, { name: 'links/costs.db.test', max: 1 });
afterAll(async () => {
  await db.close();
  await proxy.close();
});
const { as, directory, newMember } = userFixtures(db, request);
const { deliver } = linkFixtures(db, directory);

const { tenant, input } = await newMember();
tenant.settings.selfSignUp = true;

type Ask = (email: string) => Promise<unknown>;
const requests: [name: string, ask: Ask, hashes: number][] = [
  ['requestPasswordReset', (email) => requestLink(as(), 'RESET_PASSWORD', { ...input, email }), 0],
  ['requestEmailVerification', (email) => requestLink(as(), 'VERIFY_EMAIL', { ...input, email }), 0],
  [
    'signUp',
    async (email) => valueOf(await signUp(as(), { ...input, email, name: 'Ana', password: PASSWORD })),
    1,
  ],
  ['signIn', (email) => signIn(as(), { ...input, email, password: 'wrong password' }), 1],
];
const RUNS = 6;

/** Counts for one call, once its statements are prepared. */
async function statementsOf(ask: Ask, email: string): Promise<{ statements: number; roundTrips: number }> {
  await ask(email);
  proxy.take();
  await ask(email);
  const { statements, roundTrips } = proxy.take();
  return { statements, roundTrips };
}

/** In microseconds: the least of some runs, which excludes what else the process does. */
async function leastProcessorTimes(ask: Ask, emails: string[]): Promise<number[]> {
  const least = emails.map(() => Infinity);
  // Alternates, so that all meet the same load; processor time excludes other processes.
  for (let n = 0; n < RUNS; n += 1) {
    for (const [index, email] of emails.entries()) {
      const start = process.cpuUsage();
      await ask(email);
      const { user, system } = process.cpuUsage(start);
      least[index] = Math.min(least[index]!, user + system);
    }
  }
  return least;
}

describe.each(requests)('%s', (_name, ask, hashes) => {
  test('takes the same statements for a known and an unknown address', async () => {
    const known = await statementsOf(ask, input.email);
    expect(await statementsOf(ask, emailAddress())).toEqual(known);
    expect(known.statements).toBeGreaterThan(0);
    await deliver();
  });

  test(`hashes ${hashes} passwords for either`, async () => {
    const [known, unknown] = await leastProcessorTimes(ask, [input.email, emailAddress()]);
    // A hash takes more than 8 ms, all else less than 4.
    const HASH_US = 6_000;
    expect([known! > HASH_US, unknown! > HASH_US]).toEqual([hashes > 0, hashes > 0]);
    await deliver();
  });
});

test('what a request leaves until it is answered is the same but for the address', async () => {
  await deliver();
  const emails = [input.email, emailAddress()];
  for (const email of emails) await requestLink(as(), 'RESET_PASSWORD', { ...input, email });
  const rows = await sql`select tenant_id, kind, name, phone, password_hash, claim_id from link_requests`;
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual(rows[1]);
  await deliver();
});
