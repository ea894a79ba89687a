import { createHash } from 'node:crypto';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_PASSWORD_FAILURES } from '../accounts/checkPassword.ts';
import { ensureAdministrator } from '../accounts/ensureAdministrator.ts';
import { PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { internalCaller } from './reads.ts';
import { signIn } from './signIn.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'signIn.db.test' });
afterAll(db.close);
const { as, tenantSubgraph, newMember, newTenant, newUser, tokens, platformAdministrator } = userFixtures(
  db,
  request,
);

const thrown = (code: string) => expect.objectContaining({ code });
const INVALID = [['INVALID_CREDENTIALS', null]];
const hours = (n: number) => systemClock.now().add({ hours: n });
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('signIn', () => {
  test('starts a session that its access token names and the gateway finds', async () => {
    const { tenant, user, input } = await newMember();
    const session = valueOf(await signIn(as(), { ...input, email: user.email.toUpperCase() }));
    expect(session.user).toMatchObject({ id: user.id, email: user.email });
    expect(session.user).not.toHaveProperty('passwordHash');
    const claims = await tokens.verify(session.accessToken);
    expect(claims).toMatchObject({ userId: user.id, tenantId: tenant.id });
    expect(claims!.expiresAtSeconds * 1_000).toBe(session.expiresAt.epochMilliseconds);
    const caller = await internalCaller(as(SERVICE), claims!.sessionId);
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

  test('stores only the digest of the refresh token', async () => {
    const { signedIn } = await newMember();
    const { refreshToken, sessionId } = await signedIn();
    const rows = await sql`select token_hash from refresh_tokens where session_id = ${sessionId}`;
    expect(rows.map((row) => row['token_hash'] as Buffer)).toEqual([
      createHash('sha256').update(refreshToken).digest(),
    ]);
  });

  test('refuses an unknown domain, an unknown e-mail address, a wrong password and a user without one alike', async () => {
    const { tenant, input } = await newMember();
    const mute = await newUser(tenant.id);
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
      expect(refusalsOf(await signIn(as(), { ...input, ...wrong }))).toEqual(INVALID);
    }
  });

  test('takes the same work for each of these', async () => {
    const { input } = await newMember();
    const wrongs = [{}, { email: 'nobody@academia.example' }, { domain: 'nowhere.example' }];
    const least = wrongs.map(() => Infinity);
    // Alternates, so that all meet the same load; processor time excludes other processes.
    for (let n = 0; n < 6; n += 1) {
      for (const [index, wrong] of wrongs.entries()) {
        const start = process.cpuUsage();
        await signIn(as(), { ...input, password: `wrong password ${n}`, ...wrong });
        const { user: ownUs, system: systemUs } = process.cpuUsage(start);
        least[index] = Math.min(least[index]!, ownUs + systemUs);
      }
    }
    // Hashing is most of the work: a skipped hash would show.
    expect(Math.min(...least) / least[0]!).toBeGreaterThan(0.5);
  });

  test('discloses an inactive tenant or user only after the right password', async () => {
    const { tenant, user, input } = await newMember();
    tenant.isActive = false;
    expect(refusalsOf(await signIn(as(), { ...input, password: 'wrong password' }))).toEqual(INVALID);
    expect(await signIn(as(), input)).toMatchObject({
      refusals: [{ code: 'INACTIVE', key: 'shared.tenantInactive' }],
    });
    tenant.isActive = true;
    await updateUser(as(await platformAdministrator()), { id: user.id, isActive: false });
    expect(refusalsOf(await signIn(as(), { ...input, password: 'wrong password' }))).toEqual(INVALID);
    expect(await signIn(as(), input)).toMatchObject({
      refusals: [{ code: 'INACTIVE', key: 'user.inactive' }],
    });
    await deleteUser(as(await platformAdministrator()), user.id);
    expect(refusalsOf(await signIn(as(), input))).toEqual(INVALID);
  });

  test('checks no password after too many wrong ones, not even the right one, until the window ends', async () => {
    const { user, input, tenant } = await newMember();
    const other = await newUser(tenant.id, { password: PASSWORD });
    for (let n = 0; n < MAX_PASSWORD_FAILURES; n += 1)
      await signIn(as(), { ...input, password: 'wrong password' });
    await expect(signIn(as(), input)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      extensions: { retryAfterSeconds: 15 * 60 },
    });
    await expect(signIn(as(), { ...input, email: user.email.toUpperCase() })).rejects.toEqual(
      thrown('RATE_LIMITED'),
    );
    expect((await signIn(as(), { ...input, email: other.email })).ok).toBe(true);
    expect((await signIn(as(ANONYMOUS, { now: hours(1) }), input)).ok).toBe(true);
  });

  test('counts parallel guesses like sequential ones', async () => {
    const { input } = await newMember();
    const guesses = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => signIn(as(), { ...input, password: `guess number ${n}` })),
    );
    const looked = guesses.filter((one) => one.status === 'fulfilled').length;
    expect(looked).toBeGreaterThanOrEqual(MAX_PASSWORD_FAILURES);
    expect(looked).toBeLessThanOrEqual(MAX_PASSWORD_FAILURES + 1);
  });

  test('forgets wrong passwords after the right one', async () => {
    const { input } = await newMember();
    const wrong = { ...input, password: 'wrong password' };
    for (let n = 1; n < MAX_PASSWORD_FAILURES; n += 1) await signIn(as(), wrong);
    expect((await signIn(as(), input)).ok).toBe(true);
    for (let n = 1; n < MAX_PASSWORD_FAILURES; n += 1) await signIn(as(), wrong);
    expect((await signIn(as(), input)).ok).toBe(true);
  });

  test('is SERVICE_UNAVAILABLE if the domain cannot be looked up', async () => {
    const { input } = await newMember();
    tenantSubgraph.isAway = true;
    await expect(signIn(as(), input)).rejects.toEqual(thrown('SERVICE_UNAVAILABLE'));
    tenantSubgraph.isAway = false;
  });

  test("signs in platform administrators without a domain, and no tenant's users", async () => {
    const named = { email: `${newId()}@vaga.example`, password: PASSWORD };
    await ensureAdministrator({ db, now: systemClock.now() }, named);
    const session = valueOf(await signIn(as(), named));
    expect(session.user).toBeNull();
    const claims = await tokens.verify(session.accessToken);
    expect(claims).toMatchObject({ tenantId: null });
    expect(await internalCaller(as(SERVICE), claims!.sessionId)).toEqual({
      kind: 'platform',
      userId: claims!.userId,
      sessionId: claims!.sessionId,
    });
    const { tenant } = await newMember();
    expect(refusalsOf(await signIn(as(), { ...named, domain: tenant.domain }))).toEqual(INVALID);
  });
});
