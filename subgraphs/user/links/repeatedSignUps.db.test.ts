/** Nobody but the reader of the mailbox gets into the account of an address with which more than one person signed up. */
import { ANONYMOUS } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock, systemClock } from '@libs/time/clock';
import { afterAll, expect, test } from 'vitest';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { updateUser } from '../users/updateUser.ts';
import { linkFixtures, tokenOf, type LoggedEmail } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { resetPassword } from './resetPassword.ts';
import { signUp } from './signUp.ts';
import { verifyEmail } from './verifyEmail.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'repeatedSignUps.db.test' });
afterAll(db.close);
const { as, directory, newTenant, platformAdministrator } = userFixtures(db, request);
const { answer, deliver, send } = linkFixtures(db, directory);

const VERIFY = 'Confirme o seu e-mail: Clínica Sol';
const CHOOSE = 'Escolha a sua senha: Clínica Sol';
const STRANGERS = 'password of a stranger';
const OWNERS = 'password of the owner';
const CHOSEN = 'chosen by the reader of the mailbox';
const INVALID_TOKEN = [['TOKEN_INVALID', 'token']];

/** An address of a tenant, and what is done with it. */
function newAddress() {
  const given = { domain: newTenant({ selfSignUp: true }).domain, email: emailAddress() };
  const signUpWith = async (password: string) =>
    expect(valueOf(await signUp(as(), { ...given, name: 'Ana', password }))).toBe(true);
  return {
    ...given,
    signUpAsStranger: () => signUpWith(STRANGERS),
    signUpAsOwner: () => signUpWith(OWNERS),
    askForVerification: (now = systemClock.now()) =>
      requestLink(as(ANONYMOUS, { now }), 'VERIFY_EMAIL', given),
    askForPassword: () => requestLink(as(), 'RESET_PASSWORD', given),
    signInWith: async (password: string) => signIn(as(), { ...given, password }),
  };
}
type Address = ReturnType<typeof newAddress>;

const subjectsOf = (emails: LoggedEmail[]) => emails.map(({ subject }) => subject);

async function expectNobodyCanSignIn({ signInWith }: Address) {
  for (const password of [STRANGERS, OWNERS])
    expect(refusalsOf(await signInWith(password))).toEqual([['INVALID_CREDENTIALS', null]]);
}

test.each<[string, ((address: Address) => Promise<unknown>)[]]>([
  ['the stranger first', [(a) => a.signUpAsStranger(), (a) => a.signUpAsOwner()]],
  ['the owner first', [(a) => a.signUpAsOwner(), (a) => a.signUpAsStranger()]],
  [
    'the stranger before and after',
    [(a) => a.signUpAsStranger(), (a) => a.signUpAsOwner(), (a) => a.signUpAsStranger()],
  ],
  [
    'the owner before and after',
    [(a) => a.signUpAsOwner(), (a) => a.signUpAsStranger(), (a) => a.signUpAsOwner()],
  ],
  [
    'the stranger twice, then the owner',
    [(a) => a.signUpAsStranger(), (a) => a.signUpAsStranger(), (a) => a.signUpAsOwner()],
  ],
  [
    'a verification is asked for after both',
    [(a) => a.signUpAsStranger(), (a) => a.signUpAsOwner(), (a) => a.askForVerification()],
  ],
  [
    'a verification is asked for between them',
    [(a) => a.signUpAsStranger(), (a) => a.askForVerification(), (a) => a.signUpAsOwner()],
  ],
  [
    'a new password is asked for between them',
    [(a) => a.signUpAsStranger(), (a) => a.askForPassword(), (a) => a.signUpAsOwner()],
  ],
])('no link of its e-mails makes a password of a sign-up work: %s', async (_order, steps) => {
  const address = newAddress();
  const emails: LoggedEmail[] = [];
  for (const step of steps) {
    await step(address);
    emails.push(...(await deliver()));
  }
  expect(emails).toHaveLength(steps.length);
  const [first, last] = [emails[0]!, emails.at(-1)!];
  expect([first.subject, last.subject]).toEqual([VERIFY, CHOOSE]);
  for (const email of emails)
    expect(refusalsOf(await verifyEmail(as(), tokenOf(email)))).toEqual(INVALID_TOKEN);
  await expectNobodyCanSignIn(address);

  expect(last.text).toContain('?action=RESET_PASSWORD&token=');
  valueOf(await resetPassword(as(), { token: tokenOf(last), newPassword: CHOSEN }));
  const { user } = valueOf(await address.signInWith(CHOSEN));
  expect(user!.emailVerifiedAt).not.toBeNull();
  await expectNobodyCanSignIn(address);
  expect(await sql`select 1 from users where lower(email) = ${address.email.toLowerCase()}`).toHaveLength(1);
});

test('a link does not work once somebody signed up again, answered or not, and others with it do', async () => {
  const [address, other] = [newAddress(), newAddress()];
  await address.signUpAsStranger();
  await other.signUpAsOwner();
  const emails = await deliver();
  const linkOf = ({ email }: Address) => tokenOf(emails.find(({ to }) => to === email));
  await address.signUpAsOwner();
  expect(refusalsOf(await verifyEmail(as(), linkOf(address)))).toEqual(INVALID_TOKEN);
  expect((await verifyEmail(as(), linkOf(other))).ok).toBe(true);
  expect(subjectsOf(await deliver())).toEqual([CHOOSE]);
  expect(refusalsOf(await verifyEmail(as(), linkOf(address)))).toEqual(INVALID_TOKEN);
  await expectNobodyCanSignIn(address);
});

test('a link that waits to be sent is not, after a further sign-up', async () => {
  const address = newAddress();
  await address.signUpAsStranger();
  await answer();
  await address.signUpAsOwner();
  await answer();
  expect(subjectsOf(await send())).toEqual([CHOOSE]);
});

test('the links end too if the address has got too many e-mails, and a password can be chosen later', async () => {
  const address = newAddress();
  await address.signUpAsStranger();
  const emails = await deliver();
  for (let n = 0; n < 2; n += 1) {
    await address.askForVerification();
    emails.push(...(await deliver()));
  }
  expect(subjectsOf(emails)).toEqual([VERIFY, VERIFY, VERIFY]);
  await address.signUpAsOwner();
  expect(await deliver()).toEqual([]);
  for (const email of emails)
    expect(refusalsOf(await verifyEmail(as(), tokenOf(email)))).toEqual(INVALID_TOKEN);

  const later = systemClock.now().add({ minutes: 61 });
  await address.askForVerification(later);
  const [email] = await deliver(fixedClock(later.toString()));
  expect(email!.subject).toBe(CHOOSE);
  const input = { token: tokenOf(email), newPassword: CHOSEN };
  valueOf(await resetPassword(as(ANONYMOUS, { now: later }), input));
  expect((await address.signInWith(CHOSEN)).ok).toBe(true);
});

test('the password of an inactive user is removed too', async () => {
  const address = newAddress();
  await address.signUpAsStranger();
  await deliver();
  const [user] = await sql<{ id: string }[]>`
    select id from users where lower(email) = ${address.email.toLowerCase()}`;
  const admin = as(await platformAdministrator());
  valueOf(await updateUser(admin, { id: user!.id, isActive: false }));
  await address.signUpAsOwner();
  expect(await deliver()).toEqual([]);
  valueOf(await updateUser(admin, { id: user!.id, isActive: true }));
  await address.askForVerification();
  expect(subjectsOf(await deliver())).toEqual([CHOOSE]);
  await expectNobodyCanSignIn(address);
});
