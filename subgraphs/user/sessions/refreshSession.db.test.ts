import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { callerOfSession, internalCaller } from './reads.ts';
import { findAccount } from '../accounts/store.ts';
import { refreshSession } from './refreshSession.ts';
import { startSession } from './startSession.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'refreshSession.db.test' });
afterAll(db.close);
const { as, newMember, platformAdministrator } = userFixtures(db, request);

const SESSION_OVER = [['INVALID_CREDENTIALS', 'refreshToken']];
const hours = (n: number) => systemClock.now().add({ hours: n });
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('refreshSession', () => {
  test('issues a new pair, extends the session, and uses up the old token', async () => {
    const { user, signedIn } = await newMember();
    const first = await signedIn();
    const later = hours(24 * 29);
    const second = valueOf(await refreshSession(as(ANONYMOUS, { now: later }), first.refreshToken));
    expect(second.user).toMatchObject({ id: user.id });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.expiresAt.epochMilliseconds).toBeGreaterThan(first.expiresAt.epochMilliseconds);
    // The first thirty days are over; the refresh extended the session.
    expect(await callerOfSession(as(SERVICE, { now: hours(24 * 58) }), first.sessionId)).toMatchObject({
      kind: 'user',
    });
    expect(await callerOfSession(as(SERVICE, { now: hours(24 * 60) }), first.sessionId)).toBeNull();
  });

  test('extends no session past ninety days after sign-in, nor an access token past its session', async () => {
    const { signedIn } = await newMember();
    const before = systemClock.now();
    const first = await signedIn();
    const end = hours(24 * 90);
    const last = before.add({ hours: 24 * 90 - 1 });
    let { refreshToken } = first;
    for (const day of [25, 50, 75, 89]) {
      const refreshed = valueOf(await refreshSession(as(ANONYMOUS, { now: hours(24 * day) }), refreshToken));
      refreshToken = refreshed.refreshToken;
    }
    const session = valueOf(await refreshSession(as(ANONYMOUS, { now: last }), refreshToken));
    expect(session.expiresAt.epochMilliseconds).toBeLessThanOrEqual(end.epochMilliseconds);
    expect(session.expiresAt.epochMilliseconds).toBeGreaterThan(last.epochMilliseconds);
    expect(await callerOfSession(as(SERVICE, { now: last }), first.sessionId)).not.toBeNull();
    expect(await callerOfSession(as(SERVICE, { now: end }), first.sessionId)).toBeNull();
    expect(refusalsOf(await refreshSession(as(ANONYMOUS, { now: end }), session.refreshToken))).toEqual(
      SESSION_OVER,
    );
  });

  test('ends a session that exceeds a lowered limit', async () => {
    const { signedIn } = await newMember();
    const { refreshToken, sessionId } = await signedIn();
    const later = as(ANONYMOUS, { now: hours(24 * 10) });
    const shorter = { ...later, sessionRules: { ...later.sessionRules, sessionDays: 7 } };
    expect(refusalsOf(await refreshSession(shorter, refreshToken))).toEqual(SESSION_OVER);
    expect(await internalCaller(as(SERVICE), sessionId)).toBeNull();
  });

  test('ends the session with its newest token if a used token returns', async () => {
    const { signedIn } = await newMember();
    const first = await signedIn();
    const second = valueOf(await refreshSession(as(), first.refreshToken));
    expect(refusalsOf(await refreshSession(as(), first.refreshToken))).toEqual(SESSION_OVER);
    expect(await internalCaller(as(SERVICE), first.sessionId)).toBeNull();
    expect(refusalsOf(await refreshSession(as(), second.refreshToken))).toEqual(SESSION_OVER);
  });

  test('succeeds for exactly one of two concurrent refreshes, and ends the session', async () => {
    const { signedIn } = await newMember();
    for (let round = 0; round < 10; round += 1) {
      const { refreshToken, sessionId } = await signedIn();
      const outcomes = await Promise.all([
        refreshSession(as(), refreshToken),
        refreshSession(as(), refreshToken),
      ]);
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
      expect(outcomes.flatMap(refusalsOf)).toEqual(SESSION_OVER);
      expect(await internalCaller(as(SERVICE), sessionId)).toBeNull();
    }
  });

  test(
    'succeeds once for each of 500 sessions that refresh ten times at once, and ends them',
    { timeout: 120_000 },
    async () => {
      const { user } = await newMember();
      const account = (await findAccount(user.tenantId, db, user.id))!;
      const sessions = await Promise.all(
        Array.from({ length: 500 }, () =>
          inTransaction(db, (tx) => startSession(as(), tx, user.tenantId, account)),
        ),
      );
      const outcomes = await Promise.all(
        sessions.map(({ refreshToken }) =>
          Promise.all(Array.from({ length: 10 }, () => refreshSession(as(), refreshToken))),
        ),
      );
      expect(outcomes.filter((ofSession) => ofSession.filter(({ ok }) => ok).length === 1)).toHaveLength(500);
      expect(new Set(outcomes.flat().flatMap(refusalsOf).map(String))).toEqual(
        new Set(SESSION_OVER.map(String)),
      );
      expect(
        await db.sql`select count(*)::int as open from sessions where user_id = ${user.id} and ended_at is null`,
      ).toEqual([{ open: 0 }]);
    },
  );

  test('refuses an unknown token, and one of an expired session', async () => {
    const { signedIn } = await newMember();
    expect(refusalsOf(await refreshSession(as(), 'no token of ours'))).toEqual(SESSION_OVER);
    const { refreshToken } = await signedIn();
    expect(refusalsOf(await refreshSession(as(ANONYMOUS, { now: hours(24 * 31) }), refreshToken))).toEqual(
      SESSION_OVER,
    );
  });

  test('refuses users of an inactive tenant until it is active again', async () => {
    const { tenant, signedIn } = await newMember();
    const { refreshToken } = await signedIn();
    tenant.isActive = false;
    expect(await refreshSession(as(), refreshToken)).toMatchObject({
      refusals: [{ code: 'INACTIVE', key: 'shared.tenantInactive' }],
    });
    tenant.isActive = true;
    expect((await refreshSession(as(), refreshToken)).ok).toBe(true);
  });

  test('refuses a user who was deactivated or deleted', async () => {
    const { user, signedIn } = await newMember();
    const { refreshToken } = await signedIn();
    await updateUser(as(await platformAdministrator()), { id: user.id, isActive: false });
    await updateUser(as(await platformAdministrator()), { id: user.id, isActive: true });
    expect(refusalsOf(await refreshSession(as(), refreshToken))).toEqual(SESSION_OVER);
    const again = await signedIn();
    await deleteUser(as(await platformAdministrator()), user.id);
    expect(refusalsOf(await refreshSession(as(), again.refreshToken))).toEqual(SESSION_OVER);
  });
});
