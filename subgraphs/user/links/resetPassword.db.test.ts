import { createLog } from '@libs/telemetry/log';
import { createHash } from 'node:crypto';
import { ANONYMOUS } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock, systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { smtpRefusal, startMailServer } from '../notifications/notifications.fixtures.ts';
import { changePassword } from '../sessions/changePassword.ts';
import { signIn } from '../sessions/signIn.ts';
import { PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';
import { acceptInvitation } from './acceptInvitation.ts';
import { linkFixtures, tokenOf } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { resetPassword } from './resetPassword.ts';
import { verifyEmail } from './verifyEmail.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'resetPassword.db.test' });
const server = await startMailServer();
afterAll(async () => {
  await server.stop();
  await db.close();
});
const { as, callerOf, directory, isSessionOpen, newMember, newTenant, newUser, platformAdministrator } =
  userFixtures(db, request);
const { answer, send, deliver } = linkFixtures(db, directory);

const NEW = 'a new and longer password';
const INVALID_TOKEN = [['TOKEN_INVALID', 'input.token']];
const minutes = (n: number) => systemClock.now().add({ minutes: n });
const reset = (token: string, newPassword = NEW, now = systemClock.now()) =>
  resetPassword(as(ANONYMOUS, { now }), { token, newPassword });
type Address = { domain: string; email: string };
const ask = ({ domain, email }: Address) => requestLink(as(), 'RESET_PASSWORD', { domain, email });

async function askedMember() {
  const member = await newMember();
  await ask(member.input);
  const email = (await deliver()).find(({ subject }) => subject.startsWith('Troca de senha'));
  return { ...member, token: tokenOf(email) };
}

describe('a link to a new password', () => {
  test('sets the password, proves the address, and ends all sessions', async () => {
    const { user, input, signedIn } = await newMember();
    const { sessionId } = await signedIn();
    expect(await ask({ ...input, email: user.email.toUpperCase() })).toBe(true);
    const [email, ...others] = await deliver();
    expect(others).toEqual([]);
    expect(email).toMatchObject({ to: user.email, subject: 'Troca de senha: Clínica Sol' });
    expect(email!.text).toContain(`\nhttps://${input.domain}/?action=RESET_PASSWORD&token=`);

    valueOf(await reset(tokenOf(email)));
    expect(await isSessionOpen(sessionId)).toBe(false);
    expect(refusalsOf(await signIn(as(), input))).toEqual([['INVALID_CREDENTIALS', null]]);
    const session = valueOf(await signIn(as(), { ...input, password: NEW }));
    expect(session.user!.emailVerifiedAt).not.toBeNull();
  });

  test('works once', async () => {
    const { token, input } = await askedMember();
    valueOf(await reset(token));
    expect(refusalsOf(await reset(token, 'another long password'))).toEqual(INVALID_TOKEN);
    expect((await signIn(as(), { ...input, password: NEW })).ok).toBe(true);
  });

  test('works for an hour', async () => {
    const [early, late] = [await askedMember(), await askedMember()];
    expect(refusalsOf(await reset(late.token, NEW, minutes(61)))).toEqual(INVALID_TOKEN);
    expect((await reset(early.token, NEW, minutes(59))).ok).toBe(true);
  });

  test('works for no other purpose, and no other token works for it', async () => {
    const { token, input } = await askedMember();
    expect(refusalsOf(await verifyEmail(as(), token))).toEqual([['TOKEN_INVALID', 'token']]);
    expect(refusalsOf(await acceptInvitation(as(), { token, password: NEW }))).toEqual(INVALID_TOKEN);
    await requestLink(as(), 'VERIFY_EMAIL', input);
    const [verification] = await deliver();
    expect(refusalsOf(await reset(tokenOf(verification)))).toEqual(INVALID_TOKEN);
    for (const forged of ['', 'x', token.slice(1), `${token}A`, token.toUpperCase()])
      expect(refusalsOf(await reset(forged))).toEqual(INVALID_TOKEN);
    expect((await reset(token)).ok).toBe(true);
  });

  test('reports a bad token and a bad password at once, and a bad password uses up no token', async () => {
    const { token } = await askedMember();
    expect(refusalsOf(await reset('forged', 'short'))).toEqual([
      ...INVALID_TOKEN,
      ['INVALID', 'input.newPassword'],
    ]);
    for (const bad of ['short', ' '.repeat(12), 'qwerty123456', 'Password1234!', 'x'.repeat(201)])
      expect(refusalsOf(await reset(token, bad))).toEqual([['INVALID', 'input.newPassword']]);
    expect((await reset(token)).ok).toBe(true);
  });

  test('lets its user sign in again who was locked out by wrong passwords', async () => {
    const { token, input } = await askedMember();
    for (let n = 0; n < 10; n += 1) await signIn(as(), { ...input, password: 'wrong password' });
    valueOf(await reset(token));
    expect((await signIn(as(), { ...input, password: NEW })).ok).toBe(true);
  });

  test.each<[string, (member: Awaited<ReturnType<typeof askedMember>>) => Promise<unknown>]>([
    [
      'the password changes',
      async ({ user }) => {
        const input = { currentPassword: PASSWORD, newPassword: 'changed by its owner' };
        valueOf(await changePassword(as(await callerOf(user)), input));
      },
    ],
    [
      'the address changes, even if it changes back',
      async ({ user: { id, email } }) => {
        const admin = as(await platformAdministrator());
        valueOf(await updateUser(admin, { id, email: `new-${email}` }));
        valueOf(await updateUser(admin, { id, email }));
      },
    ],
    [
      'the user is deactivated, even if active again',
      async ({ user: { id } }) => {
        const admin = as(await platformAdministrator());
        valueOf(await updateUser(admin, { id, isActive: false }));
        valueOf(await updateUser(admin, { id, isActive: true }));
      },
    ],
    ['the user is deleted', async ({ user }) => deleteUser(as(await platformAdministrator()), user.id)],
    ['the tenant is deactivated', async ({ tenant }) => (tenant.isActive = false)],
    [
      'another link was used',
      async ({ input }) => {
        await ask(input);
        valueOf(await reset(tokenOf((await deliver())[0]), 'by another link'));
      },
    ],
  ])('ends when %s', async (_when, change) => {
    const member = await askedMember();
    await change(member);
    expect(refusalsOf(await reset(member.token))).toEqual(INVALID_TOKEN);
  });

  test('overtakes the e-mails that wait', async () => {
    const { user, input } = await newMember();
    const admin = as(await platformAdministrator());
    for (let n = 0; n < 3; n += 1)
      valueOf(await updateUser(admin, { id: user.id, email: `${n}${user.email}` }));
    await ask({ ...input, email: `2${user.email}` });
    const subjects = (await deliver()).map(({ subject }) => subject);
    expect(subjects).toHaveLength(4);
    expect(subjects[0]).toBe('Troca de senha: Clínica Sol');
  });

  test('is not sent if it has become useless while it waited', async () => {
    const { user, input } = await newMember();
    await ask(input);
    await answer();
    const change = { currentPassword: PASSWORD, newPassword: 'changed by its owner' };
    valueOf(await changePassword(as(await callerOf(user)), change));
    expect(await send()).toEqual([]);

    await ask({ ...input });
    await answer();
    expect(await send({ clock: fixedClock(minutes(61).toString()) })).toEqual([]);
    expect(await sql`select 1 from link_tokens where user_id = ${user.id}`).toEqual([]);
  });
});

describe('a request for one', () => {
  test('is answered true and sends nothing where there is nobody to help', async () => {
    const { tenant, input, user } = await newMember();
    const stranger = newTenant();
    const closed = newTenant();
    closed.isActive = false;
    const mute = await newUser(tenant.id);
    for (const given of [
      { email: 'nobody@academia.example' },
      { domain: stranger.domain },
      { domain: 'nobody.example' },
      { domain: closed.domain },
      { domain: null },
      { email: mute.email },
    ])
      expect(await requestLink(as(), 'RESET_PASSWORD', { ...input, ...given })).toBe(true);
    valueOf(await updateUser(as(await platformAdministrator()), { id: user.id, isActive: false }));
    expect(await ask(input)).toBe(true);
    expect(await deliver()).toEqual([]);
  });

  test('sends at most three e-mails to an address in any hour', async () => {
    const { input } = await newMember();
    const askAt = async (minute: number) => {
      const clock = fixedClock(minutes(minute).toString());
      await requestLink(as(ANONYMOUS, { now: clock.now() }), 'RESET_PASSWORD', input);
      return (await deliver(clock)).length;
    };
    const sent: number[] = [];
    for (const minute of [0, 20, 40, 41, 59, 61, 62, 81]) sent.push(await askAt(minute));
    expect(sent).toEqual([1, 1, 1, 0, 0, 1, 0, 1]);
  });
});

describe('the token', () => {
  test('is nowhere in the database, except its digest', async () => {
    const { token, user } = await askedMember();
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`;
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const rows = await sql`select row.* from ${sql(name)} as row`;
      expect(JSON.stringify(rows)).not.toContain(token);
    }
    const digest = createHash('sha256').update(token).digest();
    expect(await sql`select user_id from link_tokens where token_hash = ${digest}`).toEqual([
      { user_id: user.id },
    ]);
    expect(await sql`select 1 from link_requests`).toEqual([]);
  });

  test('is in no log of production', async () => {
    const { input } = await newMember();
    await ask(input);
    await answer();
    const lines: string[] = [];
    const log = createLog('user', 'trace', { write: (line) => void lines.push(line) });
    await send({ logsEmails: false, log });
    expect(lines.join('')).toContain('a notification is kept');
    expect(lines.join('')).not.toMatch(/token|https?:|@/);
  });

  test('of a failed attempt to send the e-mail does not work: each attempt has its own', async () => {
    const { input } = await newMember();
    await ask(input);
    await answer();
    server.behavior.atMessage = async () => {
      throw smtpRefusal(451);
    };
    await send({ mailServer: server.mailServer });
    delete server.behavior.atMessage;
    await send({ mailServer: server.mailServer, clock: fixedClock(minutes(1).toString()) });
    const tokens = server.received.map(({ message }) =>
      /token=3D([\w=\r\n-]+)/.exec(message)![1]!.replaceAll(/=\r\n/g, '').slice(0, 43),
    );
    expect(new Set(tokens).size).toBe(2);
    expect(refusalsOf(await reset(tokens[0]!))).toEqual(INVALID_TOKEN);
    expect((await reset(tokens[1]!)).ok).toBe(true);
  });
});
