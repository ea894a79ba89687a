import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { refusalsOf, userFixtures } from '../user.fixtures.ts';
import { internalCaller } from './reads.ts';
import { refreshSession } from './refreshSession.ts';
import { signOut } from './signOut.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'signOut.db.test' });
afterAll(db.close);
const { as, newMember } = userFixtures(db, request);

const SESSION_OVER = [['INVALID_CREDENTIALS', 'refreshToken']];
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('signOut', () => {
  test("ends the token's session and no other", async () => {
    const { signedIn } = await newMember();
    const [first, second] = [await signedIn(), await signedIn()];
    expect(await signOut(as(), first.refreshToken)).toBe(true);
    expect(await internalCaller(as(SERVICE), first.sessionId)).toBeNull();
    expect(refusalsOf(await refreshSession(as(), first.refreshToken))).toEqual(SESSION_OVER);
    expect(await internalCaller(as(SERVICE), second.sessionId)).not.toBeNull();
  });

  test('returns false if nothing ends', async () => {
    const { signedIn } = await newMember();
    const { refreshToken } = await signedIn();
    await signOut(as(), refreshToken);
    expect(await signOut(as(), refreshToken)).toBe(false);
    expect(await signOut(as(), 'no token of ours')).toBe(false);
  });
});
