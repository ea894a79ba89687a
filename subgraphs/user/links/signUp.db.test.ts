import { ANONYMOUS } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { removeUsersOfTenant } from '../users/store.ts';
import { updateUser } from '../users/updateUser.ts';
import { linkFixtures, tokenOf } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { resetPassword } from './resetPassword.ts';
import { signUp } from './signUp.ts';
import { verifyEmail } from './verifyEmail.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'signUp.db.test' });
afterAll(db.close);
const { as, directory, newMember, newTenant, platformAdministrator } = userFixtures(db, request);
const { answer, deliver } = linkFixtures(db, directory);

const VERIFY = 'Confirme o seu e-mail: Clínica Sol';
const TAKEN = 'Você já tem um cadastro: Clínica Sol';
const hours = (n: number) => systemClock.now().add({ hours: n });

const inputFor = (domain: string) => ({ domain, name: 'Ana', email: emailAddress(), password: PASSWORD });
const newInput = () => inputFor(newTenant({ selfSignUp: true }).domain);
const usersWith = (email: string) =>
  sql<{ name: string }[]>`select name from users where lower(email) = ${email.toLowerCase()}`;

describe('signUp', () => {
  test('makes a user who can sign in once the address is verified', async () => {
    const input = newInput();
    expect(valueOf(await signUp(as(), { ...input, phone: '11' }))).toBe(true);
    const [email] = await deliver();
    expect(email).toMatchObject({ to: input.email, subject: VERIFY });
    expect(refusalsOf(await signIn(as(), { ...input, password: 'wrong password' }))).toEqual([
      ['INVALID_CREDENTIALS', null],
    ]);
    expect(await signIn(as(), input)).toMatchObject({
      refusals: [{ code: 'INACTIVE', key: 'user.emailUnverified', field: ['input', 'email'] }],
    });

    valueOf(await verifyEmail(as(), tokenOf(email)));
    expect(refusalsOf(await verifyEmail(as(), tokenOf(email)))).toEqual([['TOKEN_INVALID', 'token']]);
    const { user } = valueOf(await signIn(as(), input));
    expect(user).toMatchObject({
      ...{ name: 'Ana', phone: '11', userType: 'USER', canBook: true, canManageUsers: false },
    });
    expect(user!.emailVerifiedAt).not.toBeNull();
  });

  test.each([
    ['pt-BR', 'Olá!'],
    ['en', 'Hello,'],
  ])('writes nothing to the address that the stranger chose, in %s', async (locale, greeting) => {
    const name = 'your account is blocked: https://evil.example';
    const input = { ...inputFor(newTenant({ selfSignUp: true, locale }).domain), name };
    for (const _ of ['first sign-up', 'repeated one']) {
      await signUp(as(), input);
      const [email] = await deliver();
      expect(email!.text!.split('\n')[0]).toBe(greeting);
      expect(email!.subject + email!.text).not.toContain('evil.example');
    }
  });

  test('greets by name once the address is verified, unless somebody changes it', async () => {
    const input = newInput();
    await signUp(as(), input);
    valueOf(await verifyEmail(as(), tokenOf((await deliver())[0])));
    await signUp(as(), input);
    const [taken] = await deliver();
    expect(taken!.text).toMatch(/^Olá, Ana!/);
    await sql`update users set email_verified_at = null where lower(email) = ${input.email.toLowerCase()}`;
    await requestLink(as(), 'VERIFY_EMAIL', input);
    const [verification] = await deliver();
    expect(verification!.text).toMatch(/^Olá!/);
  });

  test('is FORBIDDEN without selfSignUp, and NOT_FOUND without an active tenant', async () => {
    const closed = newTenant({ selfSignUp: true });
    closed.isActive = false;
    await expect(signUp(as(), inputFor(newTenant().domain))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    for (const domain of [closed.domain, 'nobody.example'])
      expect(refusalsOf(await signUp(as(), inputFor(domain)))).toEqual([['NOT_FOUND', 'input.domain']]);
    expect(await deliver()).toEqual([]);
  });

  test('reports every bad field, and inserts nothing', async () => {
    const input = { ...newInput(), name: ' ', password: 'administrator' };
    expect(refusalsOf(await signUp(as(), input))).toEqual([
      ['INVALID', 'input.name'],
      ['INVALID', 'input.password'],
    ]);
    expect(await deliver()).toEqual([]);
    expect(await usersWith(input.email)).toEqual([]);
  });

  test('answers alike for an address that is taken, and only an e-mail to it says so', async () => {
    const { tenant, input } = await newMember();
    tenant.settings.selfSignUp = true;
    const again = { ...inputFor(tenant.domain), email: input.email.toUpperCase(), password: 'of a stranger' };
    expect(valueOf(await signUp(as(), again))).toBe(true);
    const [email] = await deliver();
    expect(email!.subject).toBe(TAKEN);
    expect(email!.text).toContain(`\nhttps://${tenant.domain}`);
    expect(email!.text).not.toContain('token=');
    expect(await usersWith(input.email)).toHaveLength(1);
    expect(refusalsOf(await signIn(as(), again))).toEqual([['INVALID_CREDENTIALS', null]]);
    expect((await signIn(as(), input)).ok).toBe(true);
  });

  test("never lets a second sign-up take over the first one's account once it is verified", async () => {
    const input = newInput();
    valueOf(await signUp(as(), input));
    valueOf(await verifyEmail(as(), tokenOf((await deliver())[0])));
    valueOf(await signUp(as(), { ...input, name: 'Eva', password: 'of a stranger' }));
    expect((await deliver()).map(({ subject }) => subject)).toEqual([TAKEN]);
    expect((await signIn(as(), { ...input, password: 'of a stranger' })).ok).toBe(false);
    expect((await signIn(as(), input)).ok).toBe(true);
    expect(await usersWith(input.email)).toEqual([{ name: 'Ana' }]);
  });

  test('of an address that a stranger signed up with: its owner takes the account by a new password', async () => {
    const stranger = newInput();
    valueOf(await signUp(as(), stranger));
    await deliver();
    await requestLink(as(), 'RESET_PASSWORD', stranger);
    const newPassword = 'of the owner of the address';
    valueOf(await resetPassword(as(), { token: tokenOf((await deliver())[0]), newPassword }));
    expect((await signIn(as(), stranger)).ok).toBe(false);
    expect((await signIn(as(), { ...stranger, password: newPassword })).ok).toBe(true);
  });

  test('leaves no user in a tenant that is deleted before it is answered', async () => {
    const tenant = newTenant({ selfSignUp: true });
    const input = inputFor(tenant.domain);
    valueOf(await signUp(as(), input));
    await inTransaction(db, (tx) => removeUsersOfTenant(tenant.id, tx, systemClock.now()));
    expect(await deliver()).toEqual([]);
    expect(await usersWith(input.email)).toEqual([]);
    expect(await sql`select 1 from link_requests`).toEqual([]);
  });
});

describe('requestEmailVerification', () => {
  test('sends the e-mail again until the address is verified, and again after it changes', async () => {
    const input = newInput();
    const ask = async (email = input.email) => {
      expect(await requestLink(as(), 'VERIFY_EMAIL', { ...input, email })).toBe(true);
      return deliver();
    };
    valueOf(await signUp(as(), input));
    const [first] = await deliver();
    const [second] = await ask();
    expect(second!.subject).toBe(VERIFY);
    valueOf(await verifyEmail(as(), tokenOf(first)));
    expect(await ask()).toEqual([]);
    const { user } = valueOf(await signIn(as(), input));

    const email = emailAddress();
    const admin = as(await platformAdministrator());
    expect(valueOf(await updateUser(admin, { id: user!.id, email })).emailVerifiedAt).toBeNull();
    await deliver();
    expect(refusalsOf(await verifyEmail(as(), tokenOf(second)))).toEqual([['TOKEN_INVALID', 'token']]);
    valueOf(await verifyEmail(as(), tokenOf((await ask(email))[0])));
    expect(await ask('nobody@academia.example')).toEqual([]);
  });

  test('sends a link that works for a day', async () => {
    const tokens: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      valueOf(await signUp(as(), newInput()));
      tokens.push(tokenOf((await deliver())[0]));
    }
    const verify = (token: string, hour: number) => verifyEmail(as(ANONYMOUS, { now: hours(hour) }), token);
    expect(refusalsOf(await verify(tokens[0]!, 25))).toEqual([['TOKEN_INVALID', 'token']]);
    expect((await verify(tokens[1]!, 23)).ok).toBe(true);
  });
});

test('a request is answered once, by whichever worker claims it', async () => {
  const { input } = await newMember();
  await requestLink(as(), 'RESET_PASSWORD', input);
  const answered = await Promise.all([answer(), answer(), answer()]);
  expect(answered.reduce((sum, count) => sum + count)).toBe(1);
  expect(await deliver()).toHaveLength(1);
});
