import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, expect, test } from 'vitest';
import { linkFixtures, tokenOf } from '../links/links.fixtures.ts';
import { requestLink } from '../links/requestLink.ts';
import { signUp } from '../links/signUp.ts';
import { verifyEmail } from '../links/verifyEmail.ts';
import { emailAddress, PASSWORD, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { purgeSignUps } from './purgeSignUps.ts';
import { UNVERIFIED_SIGN_UP_DAYS } from './rules.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'purgeSignUps.db.test' });
afterAll(db.close);
const { as, directory, newTenant, newUser } = userFixtures(db, request);
const { deliver } = linkFixtures(db, directory);

const after = (hours: number) => systemClock.now().add({ hours });
const RETENTION_HOURS = UNVERIFIED_SIGN_UP_DAYS * 24;

/** The sign-up's input, id, and the token that verifies its address. */
async function signedUp() {
  const { domain, id: tenantId } = newTenant({ selfSignUp: true });
  const input = { domain, name: 'Ana', email: emailAddress(), password: PASSWORD, phone: '11' };
  valueOf(await signUp(as(), input));
  const token = tokenOf((await deliver())[0]);
  const [user] = await sql<{ id: string }[]>`select id from users where email = ${input.email}`;
  return { input, token, tenantId, id: user!.id };
}
const stateOf = async (id: string) =>
  (
    await sql`select name, email, phone, password_hash, deleted_at is not null as is_deleted from users where id = ${id}`
  )[0];
const deletions = (id: string) =>
  sql`select actor from outbox where event_type = 'user.deleted' and payload ->> 'user_id' = ${id}`;

test('a sign-up whose address nobody verifies is deleted like any user, and the address is free again', async () => {
  const { input, token, id } = await signedUp();
  expect(await purgeSignUps({ db, now: after(RETENTION_HOURS - 1) })).toBe(false);
  expect(await stateOf(id)).toMatchObject({ email: input.email, is_deleted: false });

  expect(await purgeSignUps({ db, now: after(RETENTION_HOURS + 1) })).toBe(false);
  expect(await stateOf(id)).toEqual({
    ...{ name: '', email: null, phone: null, password_hash: null, is_deleted: true },
  });
  expect(await deletions(id)).toEqual([{ actor: { kind: 'system', id: null } }]);
  expect(refusalsOf(await verifyEmail(as(), token))).toEqual([['TOKEN_INVALID', 'token']]);
  expect(await sql`select 1 from notifications where user_id = ${id}`).toEqual([]);

  await purgeSignUps({ db, now: after(RETENTION_HOURS + 2) });
  expect(await deletions(id)).toHaveLength(1);
  valueOf(await signUp(as(), input));
  valueOf(await verifyEmail(as(), tokenOf((await deliver())[0])));
});

test('verified sign-ups stay, and users whom staff made', async () => {
  const verified = await signedUp();
  valueOf(await verifyEmail(as(), verified.token));
  const made = await newUser(verified.tenantId);
  await purgeSignUps({ db, now: after(RETENTION_HOURS + 1) });
  expect(await stateOf(verified.id)).toMatchObject({ is_deleted: false });
  expect(await stateOf(made.id)).toMatchObject({ is_deleted: false });
});

test('of a verification and a purge at once, one wins: a verified user is never deleted', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { input, id } = await signedUp();
    await requestLink(as(), 'VERIFY_EMAIL', input);
    const token = tokenOf((await deliver())[0]);
    const [verified] = await Promise.all([
      verifyEmail(as(), token),
      purgeSignUps({ db, now: after(RETENTION_HOURS + 1) }),
    ]);
    expect(await stateOf(id)).toMatchObject({ is_deleted: !verified.ok });
    expect(await deletions(id)).toHaveLength(verified.ok ? 0 : 1);
  }
});
