import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureAdministrator } from './ensureAdministrator.ts';
import { PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { changePassword } from '../sessions/changePassword.ts';
import { internalCaller } from '../sessions/reads.ts';
import { signIn } from '../sessions/signIn.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'ensureAdministrator.db.test' });
afterAll(db.close);
const { as, tokens } = userFixtures(db, request);

const INVALID = [['INVALID_CREDENTIALS', null]];
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('ensureAdministrator', () => {
  const at = fixedClock('2026-11-24T12:00:00Z');
  const ensure = (named: { email: string; password: string }) =>
    ensureAdministrator({ db, now: at.now() }, named);

  test('inserts one administrator though several processes start at once', async () => {
    const named = { email: `${newId()}@vaga.example`, password: PASSWORD };
    await Promise.all(Array.from({ length: 5 }, () => ensure(named)));
    await ensure({ ...named, email: named.email.toUpperCase() });
    const rows = await sql`select 1 from platform_administrators where lower(email) = ${named.email}`;
    expect(rows).toHaveLength(1);
  });

  test('sets a new password from the environment and ends their sessions, but keeps a password they set themselves until then', async () => {
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
    expect(await internalCaller(as(SERVICE), claims!.sessionId)).not.toBeNull();

    const changed = { ...named, password: 'the next environment password' };
    await ensure(changed);
    expect(refusalsOf(await signIn(as(), { ...named, password: own }))).toEqual(INVALID);
    expect((await signIn(as(), changed)).ok).toBe(true);
    expect(await internalCaller(as(SERVICE), claims!.sessionId)).toBeNull();
  });

  test('requires an existing administrator if the environment names none', async () => {
    await expect(ensureAdministrator({ db, now: at.now() }, undefined)).resolves.toBeUndefined();
    await sql`truncate platform_administrators cascade`;
    await expect(ensureAdministrator({ db, now: at.now() }, undefined)).rejects.toThrow(
      'PLATFORM_ADMIN_EMAIL',
    );
  });
});
