import { connect } from '@libs/db/connect';
import type { Outcome } from '@libs/outcome/outcome';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { changePassword } from '../sessions/changePassword.ts';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, newUserInput, PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { createUser } from '../users/createUser.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { inviteUser } from '../users/inviteUser.ts';
import { updateUser } from '../users/updateUser.ts';
import { acceptInvitation } from './acceptInvitation.ts';
import { linkFixtures, tokenOf } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { resetPassword } from './resetPassword.ts';
import { signUp } from './signUp.ts';
import { verifyEmail } from './verifyEmail.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'links/races.db.test' });
afterAll(db.close);
const { as, administratorOf, callerOf, directory, newMember, newTenant, platformAdministrator } =
  userFixtures(db, request);
const { deliver, answer } = linkFixtures(db, directory);

const AT_ONCE = 20;
const ROUNDS = 8;
const passwordOf = (n: number) => `password of the ${n}th`;
const atOnce = <T>(run: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, n) => run(n)));
const succeeded = (outcomes: Outcome<unknown>[]) =>
  outcomes.flatMap((outcome, index) => (outcome.ok ? [index] : []));

async function resetToken(input: { domain: string; email: string }): Promise<string> {
  await requestLink(as(), 'RESET_PASSWORD', input);
  return tokenOf((await deliver())[0]);
}

test('of twenty resets with one token, exactly one succeeds, and its password is the one', async () => {
  const { input } = await newMember();
  const token = await resetToken(input);
  const outcomes = await atOnce((n) => resetPassword(as(), { token, newPassword: passwordOf(n) }));
  const [winner, ...others] = succeeded(outcomes);
  expect(others).toEqual([]);
  expect(new Set(outcomes.flatMap(refusalsOf).map(String))).toEqual(new Set(['TOKEN_INVALID,input.token']));
  expect((await signIn(as(), { ...input, password: passwordOf(winner!) })).ok).toBe(true);
});

test('an invitation that is accepted twenty times at once starts one session', async () => {
  const admin = await administratorOf(newTenant().id);
  const user = valueOf(await createUser(as(admin), newUserInput({ invite: true })));
  const token = tokenOf((await deliver())[0]);
  const outcomes = await atOnce((n) => acceptInvitation(as(), { token, password: passwordOf(n) }));
  expect(succeeded(outcomes)).toHaveLength(1);
  expect(await sql`select 1 from sessions where user_id = ${user.id}`).toHaveLength(1);
});

test('an address that is verified twenty times at once is verified once', async () => {
  const tenant = newTenant({ selfSignUp: true });
  valueOf(
    await signUp(as(), { domain: tenant.domain, name: 'Ana', email: emailAddress(), password: PASSWORD }),
  );
  const token = tokenOf((await deliver())[0]);
  expect(succeeded(await atOnce(() => verifyEmail(as(), token)))).toHaveLength(1);
});

test('twenty sign-ups with one address at once make one user, and send at most three e-mails', async () => {
  const tenant = newTenant({ selfSignUp: true });
  const email = emailAddress();
  const outcomes = await atOnce((n) =>
    signUp(as(), {
      domain: tenant.domain,
      name: `Ana ${n}`,
      email: n % 2 ? email.toUpperCase() : email,
      password: passwordOf(n),
    }),
  );
  expect(succeeded(outcomes)).toHaveLength(AT_ONCE);
  await Promise.all([answer(), answer(), answer()]);
  const emails = await deliver();
  expect(await sql`select 1 from users where lower(email) = ${email.toLowerCase()}`).toHaveLength(1);
  // The second sign-up ended the first one's link.
  expect(emails.map(({ text }) => /action=(\w+)/.exec(text!)![1])).toEqual([
    'RESET_PASSWORD',
    'RESET_PASSWORD',
  ]);
});

test('of a verification and a further sign-up at once, the password works if and only if the link did', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const tenant = newTenant({ selfSignUp: true });
    const input = { domain: tenant.domain, name: 'Ana', email: emailAddress(), password: PASSWORD };
    valueOf(await signUp(as(), input));
    const token = tokenOf((await deliver())[0]);
    const signUpAgain = async () => {
      valueOf(await signUp(as(), { ...input, password: passwordOf(round) }));
      await answer();
    };
    const [verified] = await Promise.all([
      // A sign-in takes about as long as the sign-up, which comes first in some rounds.
      signIn(as(), { ...input, password: 'wrong password' }).then(() => verifyEmail(as(), token)),
      signUpAgain(),
    ]);
    expect((await signIn(as(), input)).ok).toBe(verified.ok);
    expect((await signIn(as(), { ...input, password: passwordOf(round) })).ok).toBe(false);
    expect((await verifyEmail(as(), token)).ok).toBe(false);
    const [email] = await deliver();
    expect(email!.text!.includes('action=RESET_PASSWORD')).toBe(!verified.ok);
  }
});

test('of a reset and a change of the password at once, exactly one succeeds', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { input, user } = await newMember();
    const [token, caller] = [await resetToken(input), await callerOf(user)];
    const [byReset, byChange] = ['a password by the link', 'a password by its owner'] as const;
    const [reset, changed] = await Promise.all([
      resetPassword(as(), { token, newPassword: byReset }),
      changePassword(as(caller), { currentPassword: PASSWORD, newPassword: byChange }).catch(
        (error: { code: string }) => {
          expect(error.code).toBe('UNAUTHENTICATED');
          return { ok: false as const };
        },
      ),
    ]);
    expect([reset.ok, changed.ok].filter(Boolean)).toHaveLength(1);
    const current = reset.ok ? byReset : byChange;
    expect((await signIn(as(), { ...input, password: current })).ok).toBe(true);
    expect((await resetPassword(as(), { token, newPassword: 'a password of a thief' })).ok).toBe(false);
  }
});

test('a link never outlives its address: it is issued before the change and ends, or not at all', async () => {
  const admin = as(await platformAdministrator());
  for (let round = 0; round < ROUNDS; round += 1) {
    const { input, user } = await newMember();
    await requestLink(as(), 'RESET_PASSWORD', input);
    await answer();
    await Promise.all([deliver(), updateUser(admin, { id: user.id, email: emailAddress() })]);
    expect(await sql`select 1 from link_tokens where user_id = ${user.id}`).toEqual([]);
    await deliver();
  }
});

test('of a reset and a deletion at once, the deletion always succeeds, and no session is left', async () => {
  const admin = as(await platformAdministrator());
  for (let round = 0; round < ROUNDS; round += 1) {
    const { input, user } = await newMember();
    const token = await resetToken(input);
    await Promise.all([
      resetPassword(as(), { token, newPassword: 'a new long one' }),
      deleteUser(admin, user.id),
    ]);
    expect(
      await sql`select 1 from users where id = ${user.id} and deleted_at is not null and password_hash is null`,
    ).toHaveLength(1);
    expect((await resetPassword(as(), { token, newPassword: 'a new long one' })).ok).toBe(false);
  }
});

test('of an acceptance and a new invitation at once, one wins and the other is refused', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const admin = await administratorOf(newTenant().id);
    const user = valueOf(await createUser(as(admin), newUserInput({ invite: true })));
    const token = tokenOf((await deliver())[0]);
    const [accepted, invitedAgain] = await Promise.all([
      acceptInvitation(as(), { token, password: 'chosen by the invited' }),
      inviteUser(as(admin), user.id),
    ]);
    expect([accepted.ok, invitedAgain.ok].filter(Boolean)).toHaveLength(1);
    expect(await deliver()).toHaveLength(invitedAgain.ok ? 1 : 0);
  }
});
