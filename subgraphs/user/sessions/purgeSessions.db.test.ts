import { connect } from '@libs/db/connect';
import { PURGE_BATCH } from '@libs/queue/claims';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { userFixtures, valueOf } from '../user.fixtures.ts';
import { refreshSession } from './refreshSession.ts';
import { purgeSessions } from './purgeSessions.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'purgeSessions.db.test' });
afterAll(db.close);
const { as, newMember } = userFixtures(db, request);

const hours = (n: number) => systemClock.now().add({ hours: n });

describe('purgeSessions', () => {
  test('removes ended and expired rows, and nothing else', async () => {
    const { user, input, signedIn } = await newMember();
    const [ended, open] = [await signedIn(), await signedIn()];
    await signOut(as(), ended.refreshToken);
    const { refreshToken } = valueOf(await refreshSession(as(), open.refreshToken));
    await signIn(as(), { ...input, password: 'wrong password' });
    await purgeSessions({ db, now: systemClock.now() });
    const rows = await sql`select id from sessions where user_id = ${user.id}`;
    expect(rows.map((row) => row['id'] as string)).toEqual([open.sessionId]);
    expect(await sql`select 1 from refresh_tokens where session_id = ${open.sessionId}`).toHaveLength(2);
    expect((await refreshSession(as(), refreshToken)).ok).toBe(true);

    await purgeSessions({ db, now: hours(24 * 31) });
    expect(await sql`select 1 from sessions`).toHaveLength(0);
    expect(await sql`select 1 from refresh_tokens`).toHaveLength(0);
    expect(await sql`select 1 from failed_sign_ins`).toHaveLength(0);
  });

  test('removes at most PURGE_BATCH rows of a kind, and reports that more may be left', async () => {
    await sql`
      insert into failed_sign_ins (account, failures, first_failed_at)
      select decode(md5(n::text), 'hex'), 1, now() - interval '1 hour' from generate_series(1, ${PURGE_BATCH + 1}) n`;
    const now = systemClock.now();
    expect(await purgeSessions({ db, now })).toBe(true);
    expect(await sql`select 1 from failed_sign_ins`).toHaveLength(1);
    expect(await purgeSessions({ db, now })).toBe(false);
    expect(await sql`select 1 from failed_sign_ins`).toHaveLength(0);
  });
});
