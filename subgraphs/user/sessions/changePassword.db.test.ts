import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newTenantId, request, userOf } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_PASSWORD_FAILURES } from '../accounts/checkPassword.ts';
import { PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { changePassword } from './changePassword.ts';
import { internalCaller } from './reads.ts';
import { signIn } from './signIn.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'changePassword.db.test' });
afterAll(db.close);
const { as, callerOf, newMember } = userFixtures(db, request);

const thrown = (code: string) => expect.objectContaining({ code });
const INVALID = [['INVALID_CREDENTIALS', null]];
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('changePassword', () => {
  const NEW = 'a new and longer password';

  test('sets the new password and ends the other sessions', async () => {
    const { user, input, signedIn } = await newMember();
    const [here, elsewhere] = [await signedIn(), await signedIn()];
    const caller = { ...(await callerOf(user)), sessionId: here.sessionId };
    const outcome = await changePassword(as(caller), { currentPassword: PASSWORD, newPassword: NEW });
    expect(valueOf(outcome)).toMatchObject({ id: user.id });
    expect(await internalCaller(as(SERVICE), here.sessionId)).not.toBeNull();
    expect(await internalCaller(as(SERVICE), elsewhere.sessionId)).toBeNull();
    expect(refusalsOf(await signIn(as(), input))).toEqual(INVALID);
    expect((await signIn(as(), { ...input, password: NEW })).ok).toBe(true);
  });

  test('refuses a wrong current password, and checks none after too many', async () => {
    const { user } = await newMember();
    const self = as(await callerOf(user));
    const wrong = { currentPassword: 'wrong password', newPassword: NEW };
    for (let n = 0; n < MAX_PASSWORD_FAILURES; n += 1) {
      expect(refusalsOf(await changePassword(self, wrong))).toEqual([
        ['INVALID_CREDENTIALS', 'input.currentPassword'],
      ]);
    }
    const right = { currentPassword: PASSWORD, newPassword: NEW };
    await expect(changePassword(self, right)).rejects.toEqual(thrown('RATE_LIMITED'));
  });

  test('refuses a new password that is too short or long in characters, or white space only', async () => {
    const { user } = await newMember();
    const self = as(await callerOf(user));
    for (const newPassword of ['eleven char', '😀'.repeat(11), 'x'.repeat(201), ' \u00a0\t'.repeat(5)]) {
      const outcome = await changePassword(self, { currentPassword: PASSWORD, newPassword });
      expect(refusalsOf(outcome)).toEqual([['INVALID', 'input.newPassword']]);
    }
    const longest = { currentPassword: PASSWORD, newPassword: '😀'.repeat(200) };
    expect((await changePassword(self, longest)).ok).toBe(true);
  });

  test('accepts one of two concurrent changes', async () => {
    const { user } = await newMember();
    const self = as(await callerOf(user));
    const change = (newPassword: string) => changePassword(self, { currentPassword: PASSWORD, newPassword });
    const outcomes = await Promise.all([change('the first new password'), change('the second new password')]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  test('accepts a password however its accents are composed', async () => {
    const { user, input } = await newMember();
    const composed = 'ação e reação';
    const self = as(await callerOf(user));
    await changePassword(self, { currentPassword: PASSWORD, newPassword: composed });
    expect((await signIn(as(), { ...input, password: composed.normalize('NFD') })).ok).toBe(true);
  });

  test('requires a session of an existing account', async () => {
    const input = { currentPassword: PASSWORD, newPassword: NEW };
    await expect(changePassword(as(), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(changePassword(as(userOf(newTenantId())), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(changePassword(as(SERVICE), input)).rejects.toEqual(thrown('FORBIDDEN'));
  });
});
