import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { refusalsOf, userFixtures } from '../user.fixtures.ts';
import { deleteUser } from './deleteUser.ts';
import { nameOf, user, userReference, users } from './reads.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'deleteUser.db.test' });
afterAll(db.close);
const {
  administratorOf,
  announced,
  as,
  isSessionOpen,
  newSession,
  newTenant,
  newUser,
  platformAdministrator,
  userOf,
} = userFixtures(db, request);

const thrown = (code: string) => expect.objectContaining({ code });

describe('deleteUser', () => {
  test('erases personal data, ends the sessions and announces it once', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId, {
      phone: '1',
      metadata: { a: 1 },
      password: 'correct horse battery',
    });
    const sessionId = await newSession(row);
    const admin = as(await administratorOf(tenantId));
    const outcomes = await Promise.all([deleteUser(admin, row.id), deleteUser(admin, row.id)]);
    expect(outcomes.filter((outcome) => outcome.ok)).toEqual([{ ok: true, value: row.id }]);
    expect(outcomes.flatMap(refusalsOf)).toEqual([['NOT_FOUND', 'id']]);
    const [kept] =
      await sql`select name, email, phone, password_hash, metadata, is_active from users where id = ${row.id}`;
    expect(kept).toEqual({
      name: '',
      email: null,
      phone: null,
      password_hash: null,
      metadata: {},
      is_active: false,
    });
    expect(await isSessionOpen(sessionId)).toBe(false);
    expect(
      await sql`select event_type, payload from outbox where tenant_id = ${tenantId} and event_type = 'user.deleted'`,
    ).toEqual([{ event_type: 'user.deleted', payload: { user_id: row.id, tenant_id: tenantId } }]);
    expect(announced).toEqual([row.id]);
  });

  test('frees the e-mail address', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId);
    await deleteUser(as(await administratorOf(tenantId)), row.id);
    expect((await newUser(tenantId, { email: row.email })).email).toBe(row.email);
  });

  test('hides the user from queries and lists; references show a name that says deleted', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId);
    const caller = await administratorOf(tenantId);
    const admin = as(caller);
    await deleteUser(admin, id);
    expect(await user(admin, id)).toBeNull();
    expect((await users(admin, {})).nodes.map((row) => row.id)).toEqual([caller.userId]);
    const reference = await userReference(admin, id);
    expect(reference).toMatchObject({ id, isActive: false, email: null });
    expect(await nameOf(admin, reference!)).toBe('Deleted user');
    const inPortuguese = as(await userOf(tenantId), { language: undefined });
    expect(await nameOf(inPortuguese, reference!)).toBe('Usuário removido');
  });

  test('requires canManageUsers, and an administrator for an ADMIN', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId, { userType: 'ADMIN' });
    await expect(deleteUser(as(await userOf(tenantId)), id)).rejects.toEqual(thrown('FORBIDDEN'));
    const manager = as(await userOf(tenantId, { canManageUsers: true }));
    await expect(deleteUser(manager, id)).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(deleteUser(as(), id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    expect(refusalsOf(await deleteUser(as(await administratorOf(newTenant().id)), id))).toEqual([
      ['NOT_FOUND', 'id'],
    ]);
    expect((await deleteUser(as(await platformAdministrator()), id)).ok).toBe(true);
  });
});
