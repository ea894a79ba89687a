import { ANONYMOUS } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { hashPassword } from '../accounts/passwords.ts';
import { PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { changePassword } from './changePassword.ts';
import { refreshSession } from './refreshSession.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'sessionEvents.db.test' });
afterAll(db.close);
const { as, newMember, newPlatformAdministrator } = userFixtures(db, request);

/** The events about a user, without that of the account itself. */
const eventsOf = async (userId: string) =>
  (
    await sql<{ event_type: string; actor: object }[]>`
      select event_type, actor from outbox
      where payload ->> 'user_id' = ${userId} and event_type <> 'user.created' order by arrival`
  ).map(({ event_type, actor }) => ({ type: event_type, actor }));

test('signing in and out is announced as the user’s, but not a refresh, nor what fails', async () => {
  const { user, input, signedIn } = await newMember();
  const actor = { kind: 'user', id: user.id };
  expect(refusalsOf(await signIn(as(ANONYMOUS), { ...input, password: 'not the password' }))).toHaveLength(1);
  expect(await eventsOf(user.id)).toEqual([]);
  const first = await signedIn();
  const second = valueOf(await refreshSession(as(ANONYMOUS), first.refreshToken));
  expect(await signOut(as(ANONYMOUS), second.refreshToken)).toBe(true);
  expect(await signOut(as(ANONYMOUS), second.refreshToken)).toBe(false);
  expect(await signOut(as(ANONYMOUS), 'no such token')).toBe(false);
  expect(await eventsOf(user.id)).toEqual([
    { type: 'user.signed_in', actor },
    { type: 'user.signed_out', actor },
  ]);
});

test('the return of a used token is announced as the system’s', async () => {
  const { user, signedIn } = await newMember();
  const { refreshToken } = await signedIn();
  valueOf(await refreshSession(as(ANONYMOUS), refreshToken));
  expect(refusalsOf(await refreshSession(as(ANONYMOUS), refreshToken))).toHaveLength(1);
  const system = { kind: 'system', id: null };
  expect((await eventsOf(user.id)).at(-1)).toEqual({ type: 'user.session_revoked', actor: system });
});

test('what platform administrators do with their own account belongs to no tenant', async () => {
  const administrator = await newPlatformAdministrator();
  const { userId } = administrator;
  const hash = await hashPassword(null, PASSWORD);
  await sql`update platform_administrators set password_hash = ${hash} where id = ${userId}`;
  const input = { currentPassword: PASSWORD, newPassword: 'a-new-password-of-length' };
  expect(valueOf(await changePassword(as(administrator), input))).toBeNull();
  expect(await eventsOf(userId)).toEqual([]);
});
