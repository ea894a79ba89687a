import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { signIn } from '../sessions/signIn.ts';
import { newUserInput, PASSWORD, userFixtures } from '../user.fixtures.ts';
import { createUser } from '../users/createUser.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'fairTurns.db.test' });
afterAll(db.close);
const { administratorOf, as, newMember, newTenant } = userFixtures(db, request);

/** Starts to create `count` users of a new tenant at once; `ended` counts those that have an answer. */
async function startImport(count: number) {
  const admin = as(await administratorOf(newTenant().id));
  const state = { ended: 0 };
  const end = () => (state.ended += 1);
  const all = Promise.allSettled(
    Array.from({ length: count }, () => createUser(admin, newUserInput({ password: PASSWORD })).finally(end)),
  );
  return { state, all };
}

/** Starts sign-ins with a wrong password, each with another unknown domain. */
function startGuesses(count: number) {
  return Promise.allSettled(
    Array.from({ length: count }, (_, number) =>
      signIn(as(), { domain: `${number}.invented.example`, email: 'a@b.example', password: PASSWORD }),
    ),
  );
}

describe("another tenant's sign-in", () => {
  test('is answered during an import, not after it', async () => {
    const { input } = await newMember();
    const { state, all } = await startImport(90);
    while (state.ended === 0) await new Promise(setImmediate);
    expect((await signIn(as(), input)).ok).toBe(true);
    expect(state.ended).toBeLessThan(60);
    await all;
  });

  test('is not refused when an import is', async () => {
    const { input } = await newMember();
    const { all } = await startImport(300);
    expect((await signIn(as(), input)).ok).toBe(true);
    const codes = (await all).map((one) =>
      one.status === 'rejected' ? (one.reason as { code: string }).code : 'made',
    );
    expect(new Set(codes)).toEqual(new Set(['made', 'RATE_LIMITED']));
  });

  test('waits as long for invented domains as for one tenant', async () => {
    const { input } = await newMember();
    const guesses = startGuesses(300);
    expect((await signIn(as(), input)).ok).toBe(true);
    const refused = (await guesses).filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
  });
});
