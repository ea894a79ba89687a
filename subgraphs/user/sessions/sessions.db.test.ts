import { createHash } from 'node:crypto';
import { accessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { TenantProfile, Tenants } from '@libs/directory/tenants';
import { unavailable } from '@libs/outcome/apiErrors';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/databases';
import { fixedClock, systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { MOST_FAILURES } from '../accounts/checkPassword.ts';
import { ensureAdministrator } from '../accounts/ensureAdministrator.ts';
import { contextOf, type Context } from '../context.ts';
import { createUser } from '../users/createUser.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';
import { changePassword } from './changePassword.ts';
import { callerOfSession, internalCaller } from './reads.ts';
import { refreshSession } from './refreshSession.ts';
import { removeOldSessions } from './removeOldSessions.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'sessions.db.test' });
afterAll(db.close);

const PASSWORD = 'correct horse battery';
const tokens = accessTokens('a secret key of tests', 'HS512');

/** What the tenant subgraph would say of the tenants of these tests; it is away where `isAway`. */
const known = new Map<string, TenantProfile>();
let isAway = false;
const ask = <T>(answer: T): T => {
  if (isAway) throw unavailable();
  return answer;
};
const directory: Pick<Tenants, 'profile' | 'byDomain'> = {
  profile: async (id) => ask(known.get(id)),
  byDomain: async (domain) => ask([...known.values()].find((one) => one.domain === domain.toLowerCase())),
};
const as = (caller: Caller = ANONYMOUS, now = systemClock.now()): Context =>
  contextOf(request({ caller, now }), {
    db,
    tenants: directory,
    accessTokens: tokens,
    sessionRules: { accessTokenHours: 24, refreshTokenDays: 30 },
  });
const service = (now = systemClock.now()) => as({ kind: 'service', name: 'gateway' }, now);

function newTenant(): TenantProfile {
  const id = newTenantId();
  const tenant = { id, domain: `${id}.example`, isActive: true } as unknown as TenantProfile;
  known.set(id, tenant);
  return tenant;
}
async function newUser(tenantId: TenantId, password: string | null = PASSWORD) {
  const outcome = await createUser(as(administratorOf(tenantId)), {
    name: 'João Silva',
    email: `${newId()}@Academia.example`,
    password,
  });
  if (!outcome.ok) throw new Error('not made');
  return { ...outcome.value, email: outcome.value.email! };
}
function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
  return outcome.value;
}
/** A tenant with one user, and what it takes to sign in. */
async function world() {
  const tenant = newTenant();
  const user = await newUser(tenant.id);
  const input = { domain: tenant.domain, email: user.email, password: PASSWORD };
  const signedIn = async () => {
    const session = valueOf(await signIn(as(), input));
    const claims = await tokens.verify(session.accessToken);
    return { ...session, sessionId: claims!.sessionId };
  };
  return { tenant, user, input, signedIn };
}
const codesOf = (outcome: Outcome<unknown>) =>
  outcome.ok ? [] : outcome.refusals.map((one) => [one.code, one.key, one.field?.join('.') ?? null]);
const thrown = (code: string) => expect.objectContaining({ code });
const INVALID = [['INVALID_CREDENTIALS', 'user.invalidCredentials', null]];
const OVER = [['INVALID_CREDENTIALS', 'user.sessionOver', 'refreshToken']];
const hours = (n: number) => systemClock.now().add({ hours: n });

describe('signIn', () => {
  test('begins a session whose access token names it, and which the gateway finds', async () => {
    const { tenant, user, input } = await world();
    const session = valueOf(await signIn(as(), { ...input, email: user.email.toUpperCase() }));
    expect(session.user).toMatchObject({ id: user.id, email: user.email });
    expect(session.user).not.toHaveProperty('passwordHash');
    const claims = await tokens.verify(session.accessToken);
    expect(claims).toMatchObject({ userId: user.id, tenantId: tenant.id });
    expect(claims!.expiresAtSeconds * 1_000).toBe(session.expiresAt.epochMilliseconds);
    const caller = await internalCaller(service(), claims!.sessionId);
    expect(callerSchema.parse(caller)).toEqual({
      kind: 'user',
      userId: user.id,
      tenantId: tenant.id,
      userType: 'USER',
      permissions: {
        canBook: true,
        canManageBookings: false,
        canManageResources: false,
        canManageUsers: false,
      },
      sessionId: claims!.sessionId,
    });
  });

  test('keeps of the refresh token its digest alone', async () => {
    const { signedIn } = await world();
    const { refreshToken, sessionId } = await signedIn();
    const rows = await sql`select token_hash from refresh_tokens where session_id = ${sessionId}`;
    expect(rows.map((row) => row['token_hash'] as Buffer)).toEqual([
      createHash('sha256').update(refreshToken).digest(),
    ]);
  });

  test('an unknown domain or e-mail address, a wrong password and a user without one are refused alike', async () => {
    const { tenant, input } = await world();
    const mute = await newUser(tenant.id, null);
    const other = newTenant();
    for (const wrong of [
      { domain: 'nobody.example' },
      { domain: '' },
      { domain: other.domain },
      { email: 'nobody@academia.example' },
      { password: `${PASSWORD} ` },
      { email: mute.email },
      { domain: null },
    ]) {
      expect(codesOf(await signIn(as(), { ...input, ...wrong }))).toEqual(INVALID);
    }
  });

  test('what is wrong does not show in the work it takes either', async () => {
    const { input } = await world();
    const wrongs = [{}, { email: 'nobody@academia.example' }, { domain: 'nowhere.example' }];
    const least = wrongs.map(() => Infinity);
    // By turns, so that all meet the same machine; processor time, so that its other work does not count.
    for (let n = 0; n < 6; n += 1) {
      for (const [place, wrong] of wrongs.entries()) {
        const start = process.cpuUsage();
        await signIn(as(), { ...input, password: `wrong password ${n}`, ...wrong });
        const { user: ownUs, system: systemUs } = process.cpuUsage(start);
        least[place] = Math.min(least[place]!, ownUs + systemUs);
      }
    }
    // A hash is most of the work: where one is left out, most is missing.
    expect(Math.min(...least) / least[0]!).toBeGreaterThan(0.5);
  });

  test('an inactive tenant or user is told to whoever knows the password alone', async () => {
    const { tenant, user, input } = await world();
    tenant.isActive = false;
    expect(codesOf(await signIn(as(), { ...input, password: 'wrong password' }))).toEqual(INVALID);
    expect(codesOf(await signIn(as(), input))).toEqual([['INACTIVE', 'shared.tenantInactive', null]]);
    tenant.isActive = true;
    await updateUser(as(administratorOf(tenant.id)), { id: user.id, isActive: false });
    expect(codesOf(await signIn(as(), { ...input, password: 'wrong password' }))).toEqual(INVALID);
    expect(codesOf(await signIn(as(), input))).toEqual([['INACTIVE', 'user.inactive', null]]);
    await deleteUser(as(administratorOf(tenant.id)), user.id);
    expect(codesOf(await signIn(as(), input))).toEqual(INVALID);
  });

  test('after too many wrong passwords not even the right one is looked at, until the window is over', async () => {
    const { user, input, tenant } = await world();
    const other = await newUser(tenant.id);
    for (let n = 0; n < MOST_FAILURES; n += 1) await signIn(as(), { ...input, password: 'wrong password' });
    await expect(signIn(as(), input)).rejects.toEqual(thrown('RATE_LIMITED'));
    await expect(signIn(as(), { ...input, email: user.email.toUpperCase() })).rejects.toEqual(
      thrown('RATE_LIMITED'),
    );
    expect((await signIn(as(), { ...input, email: other.email })).ok).toBe(true);
    expect((await signIn(as(ANONYMOUS, hours(1)), input)).ok).toBe(true);
  });

  test('guesses sent all at once gain nothing', async () => {
    const { input } = await world();
    const guesses = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => signIn(as(), { ...input, password: `guess number ${n}` })),
    );
    const looked = guesses.filter((one) => one.status === 'fulfilled').length;
    expect(looked).toBeGreaterThanOrEqual(MOST_FAILURES);
    expect(looked).toBeLessThanOrEqual(MOST_FAILURES + 1);
  });

  test('the right password makes earlier wrong ones forgotten', async () => {
    const { input } = await world();
    const wrong = { ...input, password: 'wrong password' };
    for (let n = 1; n < MOST_FAILURES; n += 1) await signIn(as(), wrong);
    expect((await signIn(as(), input)).ok).toBe(true);
    for (let n = 1; n < MOST_FAILURES; n += 1) await signIn(as(), wrong);
    expect((await signIn(as(), input)).ok).toBe(true);
  });

  test('is SERVICE_UNAVAILABLE where nobody can say whose the domain is', async () => {
    const { input } = await world();
    isAway = true;
    await expect(signIn(as(), input)).rejects.toEqual(thrown('SERVICE_UNAVAILABLE'));
    isAway = false;
  });

  test('without a domain the platform administrator signs in, and no tenant user', async () => {
    const named = { email: `${newId()}@vaga.example`, password: PASSWORD };
    await ensureAdministrator({ db, now: systemClock.now() }, named);
    const session = valueOf(await signIn(as(), named));
    expect(session.user).toBeNull();
    const claims = await tokens.verify(session.accessToken);
    expect(claims).toMatchObject({ tenantId: null });
    expect(await internalCaller(service(), claims!.sessionId)).toEqual({
      kind: 'platform',
      userId: claims!.userId,
      sessionId: claims!.sessionId,
    });
    const { tenant } = await world();
    expect(codesOf(await signIn(as(), { ...named, domain: tenant.domain }))).toEqual(INVALID);
  });
});

describe('refreshSession', () => {
  test('gives a new pair, moves the expiry on, and the old token is used up', async () => {
    const { user, signedIn } = await world();
    const first = await signedIn();
    const later = hours(24 * 29);
    const second = valueOf(await refreshSession(as(ANONYMOUS, later), first.refreshToken));
    expect(second.user).toMatchObject({ id: user.id });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.expiresAt.epochMilliseconds).toBeGreaterThan(first.expiresAt.epochMilliseconds);
    // The session's first thirty days are over; it lives on from the refresh.
    expect(await callerOfSession(service(hours(24 * 58)), first.sessionId)).toMatchObject({ kind: 'user' });
    expect(await callerOfSession(service(hours(24 * 60)), first.sessionId)).toBeNull();
  });

  test('a used token ends the whole session, the newest token included', async () => {
    const { signedIn } = await world();
    const first = await signedIn();
    const second = valueOf(await refreshSession(as(), first.refreshToken));
    expect(codesOf(await refreshSession(as(), first.refreshToken))).toEqual(OVER);
    expect(await internalCaller(service(), first.sessionId)).toBeNull();
    expect(codesOf(await refreshSession(as(), second.refreshToken))).toEqual(OVER);
  });

  test('of two refreshes at once with one token exactly one succeeds, and the session ends', async () => {
    const { signedIn } = await world();
    for (let round = 0; round < 10; round += 1) {
      const { refreshToken, sessionId } = await signedIn();
      const outcomes = await Promise.all([
        refreshSession(as(), refreshToken),
        refreshSession(as(), refreshToken),
      ]);
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
      expect(outcomes.flatMap(codesOf)).toEqual(OVER);
      expect(await internalCaller(service(), sessionId)).toBeNull();
    }
  });

  test('refuses what is no token, and one whose session has expired', async () => {
    const { signedIn } = await world();
    expect(codesOf(await refreshSession(as(), 'no token of ours'))).toEqual(OVER);
    const { refreshToken } = await signedIn();
    expect(codesOf(await refreshSession(as(ANONYMOUS, hours(24 * 31)), refreshToken))).toEqual(OVER);
  });

  test("an inactive tenant's users cannot refresh, and can again once it is active", async () => {
    const { tenant, signedIn } = await world();
    const { refreshToken } = await signedIn();
    tenant.isActive = false;
    expect(codesOf(await refreshSession(as(), refreshToken))).toEqual([
      ['INACTIVE', 'shared.tenantInactive', null],
    ]);
    tenant.isActive = true;
    expect((await refreshSession(as(), refreshToken)).ok).toBe(true);
  });

  test('a user who was made inactive or deleted has no session to refresh', async () => {
    const { tenant, user, signedIn } = await world();
    const { refreshToken } = await signedIn();
    await updateUser(as(administratorOf(tenant.id)), { id: user.id, isActive: false });
    await updateUser(as(administratorOf(tenant.id)), { id: user.id, isActive: true });
    expect(codesOf(await refreshSession(as(), refreshToken))).toEqual(OVER);
    const again = await signedIn();
    await deleteUser(as(administratorOf(tenant.id)), user.id);
    expect(codesOf(await refreshSession(as(), again.refreshToken))).toEqual(OVER);
  });
});

describe('signOut', () => {
  test('ends the session of the token and no other', async () => {
    const { signedIn } = await world();
    const [first, second] = [await signedIn(), await signedIn()];
    expect(await signOut(as(), first.refreshToken)).toBe(true);
    expect(await internalCaller(service(), first.sessionId)).toBeNull();
    expect(codesOf(await refreshSession(as(), first.refreshToken))).toEqual(OVER);
    expect(await internalCaller(service(), second.sessionId)).not.toBeNull();
  });

  test('answers false where nothing ends', async () => {
    const { signedIn } = await world();
    const { refreshToken } = await signedIn();
    await signOut(as(), refreshToken);
    expect(await signOut(as(), refreshToken)).toBe(false);
    expect(await signOut(as(), 'no token of ours')).toBe(false);
  });
});

describe('changePassword', () => {
  const NEW = 'a new and longer password';

  test('takes the new password, and ends the other sessions', async () => {
    const { tenant, user, input, signedIn } = await world();
    const [here, elsewhere] = [await signedIn(), await signedIn()];
    const caller = { ...userOf(tenant.id, {}, user.id), sessionId: here.sessionId } as Caller;
    const outcome = await changePassword(as(caller), { currentPassword: PASSWORD, newPassword: NEW });
    expect(valueOf(outcome)).toMatchObject({ id: user.id });
    expect(await internalCaller(service(), here.sessionId)).not.toBeNull();
    expect(await internalCaller(service(), elsewhere.sessionId)).toBeNull();
    expect(codesOf(await signIn(as(), input))).toEqual(INVALID);
    expect((await signIn(as(), { ...input, password: NEW })).ok).toBe(true);
  });

  test('refuses a wrong present password, and after too many looks at none', async () => {
    const { tenant, user } = await world();
    const self = as(userOf(tenant.id, {}, user.id));
    const wrong = { currentPassword: 'wrong password', newPassword: NEW };
    for (let n = 0; n < MOST_FAILURES; n += 1) {
      expect(codesOf(await changePassword(self, wrong))).toEqual([
        ['INVALID_CREDENTIALS', 'user.wrongPassword', 'input.currentPassword'],
      ]);
    }
    const right = { currentPassword: PASSWORD, newPassword: NEW };
    await expect(changePassword(self, right)).rejects.toEqual(thrown('RATE_LIMITED'));
  });

  test('refuses a new password that is short or long, counted in characters', async () => {
    const { tenant, user } = await world();
    const self = as(userOf(tenant.id, {}, user.id));
    for (const newPassword of ['eleven char', '😀'.repeat(11), 'x'.repeat(201)]) {
      const outcome = await changePassword(self, { currentPassword: PASSWORD, newPassword });
      expect(codesOf(outcome)).toEqual([['INVALID', expect.any(String), 'input.newPassword']]);
    }
    const longest = { currentPassword: PASSWORD, newPassword: '😀'.repeat(200) };
    expect((await changePassword(self, longest)).ok).toBe(true);
  });

  test('of two changes at once one is made', async () => {
    const { tenant, user } = await world();
    const change = (newPassword: string) =>
      changePassword(as(userOf(tenant.id, {}, user.id)), { currentPassword: PASSWORD, newPassword });
    const outcomes = await Promise.all([change('the first new password'), change('the second new password')]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  test('a password is the same however its accents are composed', async () => {
    const { tenant, user, input } = await world();
    const composed = 'ação e reação';
    const self = as(userOf(tenant.id, {}, user.id));
    await changePassword(self, { currentPassword: PASSWORD, newPassword: composed });
    expect((await signIn(as(), { ...input, password: composed.normalize('NFD') })).ok).toBe(true);
  });

  test('needs a session, of somebody who is still there', async () => {
    const input = { currentPassword: PASSWORD, newPassword: NEW };
    await expect(changePassword(as(), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(changePassword(as(userOf(newTenantId())), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(changePassword(service(), input)).rejects.toEqual(thrown('FORBIDDEN'));
  });
});

describe('internalCaller', () => {
  test('is for our own processes only', async () => {
    const { tenant, signedIn } = await world();
    const { sessionId } = await signedIn();
    await expect(internalCaller(as(), sessionId)).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(internalCaller(as(administratorOf(tenant.id)), sessionId)).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(internalCaller(as(platformAdministrator()), sessionId)).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('tells permissions as they are now; an ADMIN has all', async () => {
    const { tenant, user, signedIn } = await world();
    const { sessionId } = await signedIn();
    await updateUser(as(administratorOf(tenant.id)), { id: user.id, permissions: { canBook: false } });
    expect(await internalCaller(service(), sessionId)).toMatchObject({ permissions: { canBook: false } });
    await updateUser(as(administratorOf(tenant.id)), { id: user.id, userType: 'ADMIN' });
    expect(await internalCaller(service(), sessionId)).toMatchObject({
      userType: 'ADMIN',
      permissions: { canBook: true, canManageUsers: true },
    });
  });

  test('is null for no session, and while the tenant is inactive or gone; known sessions go on while nobody can say', async () => {
    const { tenant, signedIn } = await world();
    const { sessionId } = await signedIn();
    expect(await internalCaller(service(), newId())).toBeNull();
    tenant.isActive = false;
    expect(await internalCaller(service(), sessionId)).toBeNull();
    isAway = true;
    expect(await internalCaller(service(), sessionId)).not.toBeNull();
    isAway = false;
    known.delete(tenant.id);
    expect(await internalCaller(service(), sessionId)).toBeNull();
  });
});

describe('ensureAdministrator', () => {
  const at = fixedClock('2026-11-24T12:00:00Z');
  const ensure = (named: { email: string; password: string }) =>
    ensureAdministrator({ db, now: at.now() }, named);

  test('several that start at once make one', async () => {
    const named = { email: `${newId()}@vaga.example`, password: PASSWORD };
    await Promise.all(Array.from({ length: 5 }, () => ensure(named)));
    await ensure({ ...named, email: named.email.toUpperCase() });
    const rows = await sql`select 1 from platform_administrators where lower(email) = ${named.email}`;
    expect(rows).toHaveLength(1);
  });

  test('another password of the environment becomes theirs and ends their sessions; their own choice stays until then', async () => {
    const named = { email: `${newId()}@vaga.example`, password: PASSWORD };
    await ensure(named);
    const session = valueOf(await signIn(as(), named));
    const claims = await tokens.verify(session.accessToken);
    const caller: Caller = { kind: 'platform', userId: claims!.userId, sessionId: claims!.sessionId };
    const own = 'a password of their own';
    expect(
      valueOf(await changePassword(as(caller), { currentPassword: PASSWORD, newPassword: own })),
    ).toBeNull();

    await ensure(named);
    expect((await signIn(as(), { ...named, password: own })).ok).toBe(true);
    expect(await internalCaller(service(), claims!.sessionId)).not.toBeNull();

    const changed = { ...named, password: 'the next environment password' };
    await ensure(changed);
    expect(codesOf(await signIn(as(), { ...named, password: own }))).toEqual(INVALID);
    expect((await signIn(as(), changed)).ok).toBe(true);
    expect(await internalCaller(service(), claims!.sessionId)).toBeNull();
  });

  test('with nobody named there must be one already', async () => {
    await expect(ensureAdministrator({ db, now: at.now() }, undefined)).resolves.toBeUndefined();
    await sql`truncate platform_administrators cascade`;
    await expect(ensureAdministrator({ db, now: at.now() }, undefined)).rejects.toThrow(
      'PLATFORM_ADMIN_EMAIL',
    );
  });
});

describe('removeOldSessions', () => {
  test('removes what has ended or expired, and nothing else', async () => {
    const { user, input, signedIn } = await world();
    const [ended, open] = [await signedIn(), await signedIn()];
    await signOut(as(), ended.refreshToken);
    const { refreshToken } = valueOf(await refreshSession(as(), open.refreshToken));
    await signIn(as(), { ...input, password: 'wrong password' });
    await removeOldSessions({ db, now: systemClock.now() });
    const rows = await sql`select id from sessions where user_id = ${user.id}`;
    expect(rows.map((row) => row['id'] as string)).toEqual([open.sessionId]);
    expect(await sql`select 1 from refresh_tokens where session_id = ${open.sessionId}`).toHaveLength(2);
    expect((await refreshSession(as(), refreshToken)).ok).toBe(true);

    await removeOldSessions({ db, now: hours(24 * 31) });
    expect(await sql`select 1 from sessions`).toHaveLength(0);
    expect(await sql`select 1 from refresh_tokens`).toHaveLength(0);
    expect(await sql`select 1 from failed_sign_ins`).toHaveLength(0);
  });
});
