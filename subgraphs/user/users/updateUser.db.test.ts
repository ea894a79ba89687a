import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_PASSWORD_FAILURES } from '../accounts/checkPassword.ts';
import { changePassword } from '../sessions/changePassword.ts';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, PASSWORD, refusalsOf, userFixtures } from '../user.fixtures.ts';
import { deleteUser } from './deleteUser.ts';
import { user } from './reads.ts';
import { updateUser } from './updateUser.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'updateUser.db.test' });
afterAll(db.close);
const {
  administratorOf,
  as,
  callerOf,
  isSessionOpen,
  newSession,
  newTenant,
  newUser,
  platformAdministrator,
} = userFixtures(db, request);

const thrown = (code: string) => expect.objectContaining({ code });

describe('updateUser', () => {
  test('changes named fields, clears the phone with null, and keeps the rest', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId, {
      phone: '1',
      metadata: { a: 1 },
      permissions: { canBook: false },
    });
    const outcome = await updateUser(as(await administratorOf(tenantId)), {
      id,
      name: 'João Souza',
      phone: null,
      permissions: { canManageBookings: true },
    });
    expect(outcome).toMatchObject({
      ok: true,
      value: { name: 'João Souza', phone: null, metadata: { a: 1 }, canBook: false, canManageBookings: true },
    });
  });

  test('keeps both of two concurrent updates of different permissions', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId);
    const admin = as(await administratorOf(tenantId));
    await Promise.all([
      updateUser(admin, { id, permissions: { canManageUsers: true } }),
      updateUser(admin, { id, permissions: { canManageBookings: true } }),
      updateUser(admin, { id, permissions: { canBook: false } }),
    ]);
    expect(await user(as(await administratorOf(tenantId)), id)).toMatchObject({
      canManageUsers: true,
      canManageBookings: true,
      canBook: false,
    });
  });

  test('lets users change their own name, e-mail address, phone and metadata only', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId, { password: PASSWORD });
    const { id } = row;
    const self = as(await callerOf(row));
    const own = { id, name: 'Eu', email: emailAddress(), phone: '2', metadata: { b: 2 } };
    expect(await updateUser(self, { ...own, currentPassword: PASSWORD })).toMatchObject({
      ok: true,
      value: own,
    });
    for (const more of [
      { isActive: true },
      { userType: 'ADMIN' as const },
      { permissions: { canBook: true } },
    ]) {
      await expect(updateUser(self, { id, ...more })).rejects.toEqual(thrown('FORBIDDEN'));
    }
    const other = await newUser(tenantId);
    await expect(updateUser(self, { id: other.id, name: 'X' })).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(updateUser(as(), own)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('lets a manager grant nobody more than they have, and not change ADMINs', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId, { permissions: { canManageUsers: true } });
    const { id } = row;
    const admin = await newUser(tenantId, { userType: 'ADMIN' });
    const manager = as(await callerOf(row));
    const refusedUpdates = [
      { id, userType: 'ADMIN' as const },
      { id, permissions: { canManageBookings: true } },
      { id: admin.id, name: 'X' },
      { id: admin.id, isActive: false },
    ];
    for (const update of refusedUpdates) {
      await expect(updateUser(manager, update)).rejects.toEqual(thrown('FORBIDDEN'));
    }
    const { id: other } = await newUser(tenantId, { permissions: { canManageResources: true } });
    // Granted already, it may stay; and it may be revoked.
    expect((await updateUser(manager, { id: other, permissions: { canManageResources: true } })).ok).toBe(
      true,
    );
    expect(
      await updateUser(manager, { id: other, permissions: { canManageResources: false } }),
    ).toMatchObject({
      value: { canManageResources: false },
    });
    expect(
      (await updateUser(as(await administratorOf(tenantId)), { id: admin.id, userType: 'USER' })).ok,
    ).toBe(true);
  });

  test("refuses a taken e-mail address, but accepts the user's own in another case", async () => {
    const tenantId = newTenant().id;
    const [first, second] = [await newUser(tenantId), await newUser(tenantId)];
    const admin = as(await administratorOf(tenantId));
    expect(refusalsOf(await updateUser(admin, { id: second.id, email: first.email.toUpperCase() }))).toEqual([
      ['INVALID', 'input.email'],
    ]);
    expect((await updateUser(admin, { id: first.id, email: first.email.toUpperCase() })).ok).toBe(true);
    const race = emailAddress();
    const outcomes = await Promise.all(
      [first, second].map(({ id }) => updateUser(admin, { id, email: race })),
    );
    expect(outcomes.flatMap(refusalsOf)).toEqual([['INVALID', 'input.email']]);
  });

  test('refuses null for required fields', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId);
    const nulls = { id, name: null, email: null, metadata: null, permissions: null, isActive: null };
    expect(refusalsOf(await updateUser(as(await administratorOf(tenantId)), nulls))).toHaveLength(5);
  });

  test("refuses another tenant's, a deleted and an unknown user with NOT_FOUND alike", async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId);
    const notFound = [['NOT_FOUND', 'input.id']];
    expect(
      refusalsOf(await updateUser(as(await administratorOf(newTenant().id)), { id, name: 'X' })),
    ).toEqual(notFound);
    await deleteUser(as(await administratorOf(tenantId)), id);
    expect(refusalsOf(await updateUser(as(await administratorOf(tenantId)), { id, name: 'X' }))).toEqual(
      notFound,
    );
    expect(
      refusalsOf(await updateUser(as(await platformAdministrator()), { id: newId(), name: 'X' })),
    ).toEqual(notFound);
  });

  test("lets the platform change any tenant's user by id", async () => {
    const { id } = await newUser(newTenant().id);
    expect(await updateUser(as(await platformAdministrator()), { id, name: 'Novo' })).toMatchObject({
      ok: true,
      value: { name: 'Novo' },
    });
  });

  test('signs out a deactivated user', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId);
    const sessionId = await newSession(row);
    await updateUser(as(await administratorOf(tenantId)), { id: row.id, name: 'Ainda' });
    expect(await isSessionOpen(sessionId)).toBe(true);
    await updateUser(as(await administratorOf(tenantId)), { id: row.id, isActive: false });
    expect(await isSessionOpen(sessionId)).toBe(false);
  });
});

describe('a change of the e-mail address', () => {
  const PASSWORD_NEEDED = [['INVALID_CREDENTIALS', 'input.currentPassword']];
  const notifiedAddresses = async (userId: string) =>
    (await sql`select payload from notifications where user_id = ${userId} order by arrival`).map(
      ({ payload }) => (payload as { old_email: string }).old_email,
    );
  async function newSelf(given: Parameters<typeof newUser>[1] = {}) {
    const tenant = newTenant();
    const row = await newUser(tenant.id, { password: PASSWORD, ...given });
    return { tenant, row, id: row.id, self: as(await callerOf(row)) };
  }

  test.each([
    ['a user', {}],
    ['an administrator', { userType: 'ADMIN' as const }],
    ['a manager of users', { permissions: { canManageUsers: true } }],
  ])('lets %s change their own only with their current password', async (_name, given) => {
    const { tenant, row, id, self } = await newSelf(given);
    const email = emailAddress();
    for (const currentPassword of [undefined, null, '', 'wrong password']) {
      expect(refusalsOf(await updateUser(self, { id, email, name: 'X', currentPassword }))).toEqual(
        PASSWORD_NEEDED,
      );
    }
    expect(await user(self, id)).toMatchObject({ email: row.email, name: row.name });
    expect(await notifiedAddresses(id)).toEqual([]);

    expect((await updateUser(self, { id, email, currentPassword: PASSWORD })).ok).toBe(true);
    expect((await signIn(as(), { domain: tenant.domain, email, password: PASSWORD })).ok).toBe(true);
    expect(await notifiedAddresses(id)).toEqual([row.email]);
  });

  test('needs no password if the address is unchanged, nor does any other change', async () => {
    const { row, id, self } = await newSelf();
    expect((await updateUser(self, { id, email: row.email, name: 'Eu' })).ok).toBe(true);
    expect((await updateUser(self, { id, phone: '3', currentPassword: 'not looked at' })).ok).toBe(true);
    expect(await notifiedAddresses(id)).toEqual([]);
  });

  test('reports every refusal at once, to whoever has the password', async () => {
    const { tenant, id, self } = await newSelf();
    const other = await newUser(tenant.id);
    const input = { id, email: other.email, name: ' ' };
    expect(refusalsOf(await updateUser(self, { ...input, currentPassword: PASSWORD }))).toEqual([
      ['INVALID', 'input.name'],
      ['INVALID', 'input.email'],
    ]);
    for (const currentPassword of [undefined, 'wrong password'])
      expect(refusalsOf(await updateUser(self, { ...input, currentPassword }))).toEqual(PASSWORD_NEEDED);
  });

  test('counts wrong passwords together with sign-ins', async () => {
    const { tenant, row, id, self } = await newSelf();
    const wrong = { id, email: emailAddress(), currentPassword: 'wrong password' };
    for (let n = 0; n < MAX_PASSWORD_FAILURES; n += 1) await updateUser(self, wrong);
    await expect(updateUser(self, { ...wrong, currentPassword: PASSWORD })).rejects.toEqual(
      thrown('RATE_LIMITED'),
    );
    await expect(
      signIn(as(), { domain: tenant.domain, email: row.email, password: PASSWORD }),
    ).rejects.toEqual(thrown('RATE_LIMITED'));
  });

  test('rejects an old password that is changed at the same moment', async () => {
    const { row, id, self } = await newSelf();
    const [changed, updated] = await Promise.all([
      changePassword(self, { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2` }),
      updateUser(self, { id, email: emailAddress(), currentPassword: PASSWORD }),
    ]);
    expect(changed.ok).toBe(true);
    // Either came first; if the password did, the address stays.
    if (!updated.ok) expect(refusalsOf(updated)).toEqual(PASSWORD_NEEDED);
    expect(await notifiedAddresses(id)).toEqual(updated.ok ? [row.email] : []);
  });

  test('of another user needs no password, and notifies the old address, also of an inactive user', async () => {
    const { tenant, row, id } = await newSelf();
    const admin = as(await administratorOf(tenant.id));
    const [second, third] = [emailAddress(), emailAddress()];
    expect((await updateUser(admin, { id, email: second, isActive: false })).ok).toBe(true);
    expect((await updateUser(as(await platformAdministrator()), { id, email: third })).ok).toBe(true);
    expect(await notifiedAddresses(id)).toEqual([row.email, second]);
    expect((await updateUser(admin, { id, email: emailAddress(), name: ' ' })).ok).toBe(false);
    expect(await notifiedAddresses(id)).toHaveLength(2);
  });
});
