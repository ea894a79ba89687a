import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { newUserInput, refusalsOf, userFixtures } from '../user.fixtures.ts';
import { createUser } from './createUser.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'createUser.db.test' });
afterAll(db.close);
const { administratorOf, as, newTenant, newUser, platformAdministrator, tenants, userOf } = userFixtures(
  db,
  request,
);

const thrown = (code: string) => expect.objectContaining({ code });
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('createUser', () => {
  test('creates an active USER who may book and nothing more', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId, { phone: '+55 11 99999-0000', metadata: { plano: 'ouro' } });
    expect(row).toMatchObject({
      tenantId,
      name: 'João Silva',
      phone: '+55 11 99999-0000',
      metadata: { plano: 'ouro' },
      userType: 'USER',
      isActive: true,
      canBook: true,
      canManageBookings: false,
      canManageResources: false,
      canManageUsers: false,
    });
    expect(row).not.toHaveProperty('passwordHash');
  });

  test('stores a password as argon2id with 19 MiB and two passes, never in clear', async () => {
    const { id } = await newUser(newTenant().id, { password: 'correct horse battery' });
    const [row] = await sql`select password_hash from users where id = ${id}`;
    expect(row!['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('refuses a taken e-mail address in any case, but accepts it in another tenant', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId);
    const again = newUserInput({ email: row.email.toUpperCase() });
    expect(refusalsOf(await createUser(as(await administratorOf(tenantId)), again))).toEqual([
      ['INVALID', 'input.email'],
    ]);
    expect((await createUser(as(await administratorOf(newTenant().id)), again)).ok).toBe(true);
  });

  test('creates one of twenty concurrent users with one e-mail address', async () => {
    const tenantId = newTenant().id;
    const admin = as(await administratorOf(tenantId));
    const one = newUserInput();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => createUser(admin, one)));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.flatMap(refusalsOf)).toEqual(
      Array.from({ length: 19 }, () => ['INVALID', 'input.email']),
    );
    expect(await sql`select 1 from users where email = ${one.email}`).toHaveLength(1);
  });

  test('refuses a password of white space only', async () => {
    const admin = as(await administratorOf(newTenant().id));
    expect(refusalsOf(await createUser(admin, newUserInput({ password: ' '.repeat(12) })))).toEqual([
      ['INVALID', 'input.password'],
    ]);
  });

  test('reports every refusal at once, and writes nothing', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId);
    const bad = newUserInput({
      name: ' ',
      email: row.email,
      password: 'short',
      userType: null,
      permissions: { canBook: null },
    });
    const admin = await administratorOf(tenantId);
    expect(refusalsOf(await createUser(as(admin), bad))).toEqual([
      ['INVALID', 'input.userType'],
      ['INVALID', 'input.permissions.canBook'],
      ['INVALID', 'input.name'],
      ['INVALID', 'input.password'],
      ['INVALID', 'input.email'],
    ]);
    expect(await sql`select 1 from users where tenant_id = ${tenantId} and id > ${admin.userId}`).toEqual([]);
  });

  test('refuses an unknown tenant, and an inactive one except for the platform', async () => {
    const tenant = newTenant();
    const tenantId = tenant.id;
    const admin = await administratorOf(tenantId);
    tenants.delete(tenantId);
    expect(
      refusalsOf(await createUser(as(await platformAdministrator()), newUserInput({ tenantId }))),
    ).toEqual([['NOT_FOUND', 'input.tenantId']]);
    tenants.set(tenantId, { ...tenant, isActive: false });
    expect(refusalsOf(await createUser(as(admin), newUserInput()))).toEqual([['INACTIVE', 'input.tenantId']]);
    expect((await createUser(as(await platformAdministrator()), newUserInput({ tenantId }))).ok).toBe(true);
  });

  test("requires canManageUsers in the caller's own tenant", async () => {
    const tenantId = newTenant().id;
    const manager = as(await userOf(tenantId, { canManageUsers: true }));
    expect((await createUser(manager, newUserInput())).ok).toBe(true);
    await expect(createUser(as(await userOf(tenantId)), newUserInput())).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(createUser(as(SERVICE), newUserInput({ tenantId }))).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(createUser(as(), newUserInput({ tenantId }))).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(createUser(manager, newUserInput({ tenantId: newTenant().id }))).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(createUser(as(await platformAdministrator()), newUserInput())).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
  });

  test('lets a manager grant no more than they have', async () => {
    const manager = as(await userOf(newTenant().id, { canManageUsers: true, canManageResources: true }));
    await expect(createUser(manager, newUserInput({ userType: 'ADMIN' }))).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    const more = newUserInput({ permissions: { canManageBookings: true } });
    await expect(createUser(manager, more)).rejects.toEqual(thrown('FORBIDDEN'));
    const same = newUserInput({
      permissions: { canManageResources: true, canManageUsers: true, canBook: false },
    });
    expect(await createUser(manager, same)).toMatchObject({
      ok: true,
      value: { canManageResources: true, canManageUsers: true, canBook: false },
    });
  });
});
