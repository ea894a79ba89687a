import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { linkFixtures } from '../links/links.fixtures.ts';
import { refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { endSession } from './endSession.ts';
import { callerOfSession, sessionsOf } from './reads.ts';
import { refreshSession } from './refreshSession.ts';
import { sessionResolvers } from './resolvers.ts';
import { signIn } from './signIn.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'ownSessions.db.test' });
afterAll(db.close);
const {
  as,
  callerOf,
  directory,
  isSessionOpen,
  newMember,
  newPlatformAdministrator,
  newUser,
  platformAdministrator,
  tokens,
} = userFixtures(db, request);
const { send } = linkFixtures(db, directory);

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const seconds = (n: number) => systemClock.now().add({ seconds: n });

type Member = Awaited<ReturnType<typeof newMember>>;
async function signInFrom({ input }: Pick<Member, 'input'>, userAgent?: string, now = systemClock.now()) {
  const session = valueOf(await signIn(as(ANONYMOUS, { userAgent, now }), input));
  const { sessionId } = (await tokens.verify(session.accessToken))!;
  return { ...session, sessionId };
}
const callerIn = async (sessionId: string): Promise<Caller> => (await callerOfSession(as(), sessionId))!;
const lastUses = async (member: Member, sessionId: string, now = systemClock.now()) =>
  (await sessionsOf(as(await callerIn(sessionId), { now }), member.user))!.map(({ id, lastUsedAt }) => ({
    id,
    at: lastUsedAt?.epochMilliseconds ?? null,
  }));

describe("a user's sessions", () => {
  test('show to the user alone, with devices and which is the current one', async () => {
    const member = await newMember();
    const [phone, laptop] = [await signInFrom(member, IPHONE), await signInFrom(member, FIREFOX, seconds(1))];
    const ctx = as(await callerIn(phone.sessionId));
    const rows = (await sessionsOf(ctx, member.user))!;
    const { device, isCurrent } = sessionResolvers.ActiveSession as Record<
      string,
      (row: object, args: object, context: object) => unknown
    >;
    expect(rows.map((row) => [row.id, device!(row, {}, ctx), isCurrent!(row, {}, ctx)])).toEqual([
      [laptop.sessionId, 'Firefox, Windows', false],
      [phone.sessionId, 'Safari, iPhone', true],
    ]);
    const admin = await newUser(member.tenant.id, { userType: 'ADMIN' });
    for (const caller of [await callerOf(admin), await platformAdministrator(), ANONYMOUS])
      expect(await sessionsOf(as(caller), member.user)).toBeNull();
  });

  test('are those that have neither ended nor expired', async () => {
    const member = await newMember();
    const [one, two] = [await signInFrom(member), await signInFrom(member)];
    valueOf(await endSession(as(await callerIn(one.sessionId)), two.sessionId));
    expect(await lastUses(member, one.sessionId)).toHaveLength(1);
    expect(await lastUses(member, one.sessionId, seconds(31 * 86_400))).toEqual([]);
  });

  test('record their last use once a minute, by look-ups and refreshes', async () => {
    const member = await newMember();
    const start = seconds(0);
    const { sessionId, refreshToken } = await signInFrom(member, FIREFOX, start);
    const use = (now = start) => callerOfSession({ ...as(), now }, sessionId);
    const lastUse = async () => (await lastUses(member, sessionId, start))[0]!.at;
    await use(start.add({ seconds: 59 }));
    expect(await lastUse()).toBeNull();
    const later = start.add({ seconds: 61 });
    await Promise.all(Array.from({ length: 10 }, () => use(later)));
    expect(await lastUse()).toBe(later.epochMilliseconds);
    await use(later.add({ seconds: 30 }));
    expect(await lastUse()).toBe(later.epochMilliseconds);
    const refreshedAt = later.add({ seconds: 40 });
    valueOf(await refreshSession(as(ANONYMOUS, { now: refreshedAt }), refreshToken));
    expect(await lastUse()).toBe(refreshedAt.epochMilliseconds);
  });
});

describe('endSession', () => {
  test('ends one session of the caller, and the current one too', async () => {
    const member = await newMember();
    const [one, two] = [await signInFrom(member), await signInFrom(member)];
    const ctx = as(await callerIn(one.sessionId));
    expect(valueOf(await endSession(ctx, two.sessionId))).toBe(two.sessionId);
    expect([await isSessionOpen(one.sessionId), await isSessionOpen(two.sessionId)]).toEqual([true, false]);
    expect((await refreshSession(as(), two.refreshToken)).ok).toBe(false);
    expect(refusalsOf(await endSession(ctx, two.sessionId))).toEqual([['NOT_FOUND', 'id']]);
    valueOf(await endSession(ctx, one.sessionId));
    expect(await callerOfSession(as(), one.sessionId)).toBeNull();
  });

  test("refuses another user's session like one that does not exist", async () => {
    const [own, other] = [await newMember(), await newMember()];
    const [mine, theirs] = [await signInFrom(own), await signInFrom(other)];
    const ctx = as(await callerIn(mine.sessionId));
    for (const id of [theirs.sessionId, newId()])
      expect(refusalsOf(await endSession(ctx, id))).toEqual([['NOT_FOUND', 'id']]);
    expect(refusalsOf(await endSession(as(await platformAdministrator()), theirs.sessionId))).toEqual([
      ['NOT_FOUND', 'id'],
    ]);
    expect(await isSessionOpen(theirs.sessionId)).toBe(true);
    await expect(endSession(as(), theirs.sessionId)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('lets a platform administrator end their own', async () => {
    const administrator = await newPlatformAdministrator();
    expect((await endSession(as(administrator), administrator.sessionId)).ok).toBe(true);
  });
});

describe('where the tenant wants it', () => {
  test('a sign-in from a device without a session is announced by e-mail, and no other', async () => {
    const member = await newMember();
    member.tenant.settings.signInEmails = true;
    const { sessionId } = await signInFrom(member, FIREFOX);
    await signInFrom(member, FIREFOX);
    await signInFrom(member, IPHONE);
    const emails = await send();
    expect(emails.map(({ to, subject }) => [to, subject])).toEqual(
      [1, 2].map(() => [member.user.email, 'Novo acesso à sua conta: Clínica Sol']),
    );
    expect(emails.map(({ text }) => /Dispositivo: (.*)/.exec(text!)![1])).toEqual([
      'Firefox, Windows',
      'Safari, iPhone',
    ]);
    await signIn(as(ANONYMOUS, { userAgent: 'curl/8' }), { ...member.input, password: 'wrong password' });
    expect(await send()).toEqual([]);
    expect(await isSessionOpen(sessionId)).toBe(true);
  });

  test('and none is by default', async () => {
    const member = await newMember();
    await signInFrom(member, FIREFOX);
    expect(await send()).toEqual([]);
  });
});
