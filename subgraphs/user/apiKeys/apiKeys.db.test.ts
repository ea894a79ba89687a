import { apiScope } from '@drizzle/user/tables';
import { hashOfApiKey, isApiKey } from '@libs/auth/apiKeyFormat';
import type { ApiKeyCaller, Caller } from '@libs/auth/caller';
import { API_SCOPES, type ApiScope } from '@libs/auth/rights';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request, WIDE_LIMITS } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, test } from 'vitest';
import { newUserInput, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { createUser } from '../users/createUser.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { me, users } from '../users/reads.ts';
import { updateUser } from '../users/updateUser.ts';
import { createApiKey } from './createApiKey.ts';
import { deleteApiKey } from './deleteApiKey.ts';
import { apiKeysOf, internalApiKeyCaller } from './reads.ts';
import { updateApiKey } from './updateApiKey.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'apiKeys.db.test' });
afterAll(db.close);
const fixtures = userFixtures(db, request);
const { administratorOf, as, newTenant, newUser, platformAdministrator, tenants, userOf } = fixtures;

const SERVICE: Caller = { kind: 'service', name: 'gateway' };
const thrown = (code: string) => expect.objectContaining({ code });
const setup = async () => {
  const tenant = newTenant();
  const admin = as(await administratorOf(tenant.id));
  const create = async (scopes: ApiScope[] = ['BOOKINGS_READ'], more: object = {}) =>
    valueOf(await createApiKey(admin, { name: 'Servidor', scopes, ...more }));
  return { tenant, admin, create };
};
const lookUp = (secret: string, now?: Temporal.Instant) =>
  internalApiKeyCaller(as(SERVICE, now && { now }), hashOfApiKey(secret).toString('hex'));
const keyCaller = (tenantId: TenantId, apiKeyId: string, scopes: ApiScope[]): ApiKeyCaller => ({
  kind: 'apiKey',
  apiKeyId,
  tenantId,
  scopes,
});

test('the scopes of the database are those of passports', () => {
  expect(apiScope.enumValues).toEqual(API_SCOPES);
});

describe('createApiKey', () => {
  test('shows the secret once, and stores its hash only', async () => {
    const { tenant, admin, create } = await setup();
    const { apiKey, secret } = await create(['USERS_READ', 'BOOKINGS_READ', 'USERS_READ']);
    expect(isApiKey(secret)).toBe(true);
    expect(secret.startsWith(`${apiKey.prefix}_`)).toBe(true);
    expect(apiKey).toMatchObject({
      name: 'Servidor',
      isActive: true,
      scopes: ['BOOKINGS_READ', 'USERS_READ'],
      expiresAt: null,
      lastUsedAt: null,
      createdBy: (admin.caller as { userId: string }).userId,
    });
    const [row] = await sql`select * from api_keys where id = ${apiKey.id}`;
    expect(row!['key_hash']).toEqual(hashOfApiKey(secret));
    expect(JSON.stringify(row)).not.toContain(secret.slice(14));
    expect(await lookUp(secret)).toEqual(keyCaller(tenant.id, apiKey.id, ['BOOKINGS_READ', 'USERS_READ']));
  });

  test('reports every refusal at once', async () => {
    const { admin } = await setup();
    const past = admin.now.subtract({ seconds: 1 });
    const refused = async (input: object) =>
      refusalsOf(await createApiKey(admin, { name: 'x', scopes: ['BOOKINGS_READ'], ...input }));
    expect(await refused({ name: ' ', scopes: [], expiresAt: past })).toEqual([
      ['INVALID', 'input.name'],
      ['INVALID', 'input.scopes'],
      ['INVALID', 'input.expiresAt'],
    ]);
    expect(await refused({ name: 'x'.repeat(201) })).toEqual([['INVALID', 'input.name']]);
    expect(await refused({ scopes: ['BOOKINGS_OVERRIDE'] })).toEqual([['INVALID', 'input.scopes']]);
    expect(await refused({ scopes: ['BOOKINGS_OVERRIDE', 'BOOKINGS_WRITE'] })).toEqual([]);
    expect(await refused({ expiresAt: admin.now })).toEqual([['INVALID', 'input.expiresAt']]);
  });

  test('makes concurrent keys up to the tenant’s limit', async () => {
    const max = 10;
    const { tenant, admin } = await setup();
    tenant.limits = { ...WIDE_LIMITS, apiKeys: max };
    const outcomes = await Promise.all(
      Array.from({ length: max + 5 }, () => createApiKey(admin, { name: 'x', scopes: ['BOOKINGS_READ'] })),
    );
    expect(outcomes.flatMap(refusalsOf)).toEqual(Array.from({ length: 5 }, () => ['TOO_MANY', null]));
  });

  test('refuses unknown (NOT_FOUND), inactive (INACTIVE) and deleted tenants; the platform names one', async () => {
    const { tenant, admin } = await setup();
    const platform = as(await platformAdministrator());
    const input = { name: 'x', scopes: ['BOOKINGS_READ' as const] };
    await expect(createApiKey(platform, input)).rejects.toEqual(thrown('BAD_USER_INPUT'));
    expect(refusalsOf(await createApiKey(platform, { ...input, tenantId: newId() }))).toEqual([
      ['NOT_FOUND', 'input.tenantId'],
    ]);
    const { apiKey } = valueOf(await createApiKey(platform, { ...input, tenantId: tenant.id }));
    expect(apiKey.createdBy).toBeNull();
    await sql`insert into deleted_tenants (tenant_id, deleted_at) values (${tenant.id}, now())`;
    expect(refusalsOf(await createApiKey(admin, input))).toEqual([['NOT_FOUND', 'input.tenantId']]);
    tenants.set(tenant.id, { ...tenant, isActive: false });
    expect(refusalsOf(await createApiKey(admin, input))).toEqual([['INACTIVE', null]]);
  });
});

describe('keys are for administrators with a session', () => {
  test('nobody else creates, sees, changes or deletes them', async () => {
    const { tenant, create } = await setup();
    const { apiKey } = await create([...API_SCOPES]);
    const elsewhere = as(await administratorOf(newTenant().id));
    const everyPermission = { canManageBookings: true, canManageResources: true, canManageUsers: true };
    const callers: [Caller, string][] = [
      [{ kind: 'anonymous' }, 'UNAUTHENTICATED'],
      [await userOf(tenant.id, everyPermission), 'FORBIDDEN'],
      [keyCaller(tenant.id, apiKey.id, [...API_SCOPES]), 'FORBIDDEN'],
      [SERVICE, 'FORBIDDEN'],
    ];
    for (const [caller, code] of callers) {
      const ctx = as(caller);
      for (const attempt of [
        () => createApiKey(ctx, { name: 'x', scopes: ['BOOKINGS_READ'] }),
        () => updateApiKey(ctx, { id: apiKey.id, isActive: false }),
        () => deleteApiKey(ctx, apiKey.id),
        () => apiKeysOf(ctx, { id: tenant.id }),
      ])
        await expect(attempt()).rejects.toEqual(thrown(code));
    }
    expect(refusalsOf(await updateApiKey(elsewhere, { id: apiKey.id, name: 'y' }))).toEqual([
      ['NOT_FOUND', 'input.id'],
    ]);
    expect(refusalsOf(await deleteApiKey(elsewhere, apiKey.id))).toEqual([['NOT_FOUND', 'id']]);
    await expect(apiKeysOf(elsewhere, { id: tenant.id })).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('an administrator who just lost that right, or signed out, makes no key that outlasts it', async () => {
    const { tenant } = await setup();
    const input = { name: 'x', scopes: ['USERS_WRITE' as const] };
    const demoted = await administratorOf(tenant.id);
    await sql`update users set user_type = 'USER' where id = ${demoted.userId}`;
    await expect(createApiKey(as(demoted), input)).rejects.toEqual(thrown('FORBIDDEN'));
    const signedOut = await administratorOf(tenant.id);
    await sql`update sessions set ended_at = now() where id = ${signedOut.sessionId}`;
    await expect(createApiKey(as(signedOut), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('lists them newest first, and shows no hash', async () => {
    const { tenant, admin, create } = await setup();
    const first = await create();
    await sql`update api_keys set created_at = created_at - interval '1 minute' where id = ${first.apiKey.id}`;
    const second = await create();
    const listed = await apiKeysOf(admin, { id: tenant.id });
    expect(listed.map(({ id }) => id)).toEqual([second.apiKey.id, first.apiKey.id]);
    expect(listed[0]).not.toHaveProperty('keyHash');
  });
});

describe('a key ends', () => {
  test('when it is deactivated, until it is activated again', async () => {
    const { admin, create } = await setup();
    const { apiKey, secret } = await create();
    expect(valueOf(await updateApiKey(admin, { id: apiKey.id, isActive: false })).isActive).toBe(false);
    expect(await lookUp(secret)).toBeNull();
    expect(valueOf(await updateApiKey(admin, { id: apiKey.id, name: 'Outro' }))).toMatchObject({
      name: 'Outro',
      isActive: false,
    });
    await updateApiKey(admin, { id: apiKey.id, isActive: true });
    expect(await lookUp(secret)).not.toBeNull();
    expect(refusalsOf(await updateApiKey(admin, { id: apiKey.id, name: null, isActive: null }))).toEqual([
      ['INVALID', 'input.name'],
      ['INVALID', 'input.isActive'],
    ]);
  });

  test('when it is deleted, for good', async () => {
    const { admin, create } = await setup();
    const { apiKey, secret } = await create();
    expect(await deleteApiKey(admin, apiKey.id)).toEqual({ ok: true, value: apiKey.id });
    expect(await lookUp(secret)).toBeNull();
    expect(refusalsOf(await deleteApiKey(admin, apiKey.id))).toEqual([['NOT_FOUND', 'id']]);
  });

  test('at the instant it expires', async () => {
    const { admin, create } = await setup();
    const expiresAt = admin.now.add({ hours: 1 });
    const { secret } = await create(['BOOKINGS_READ'], { expiresAt });
    expect(await lookUp(secret, expiresAt.subtract({ milliseconds: 1 }))).not.toBeNull();
    expect(await lookUp(secret, expiresAt)).toBeNull();
  });

  test('while its tenant is inactive', async () => {
    const { tenant, create } = await setup();
    const { secret } = await create();
    tenants.set(tenant.id, { ...tenant, isActive: false });
    expect(await lookUp(secret)).toBeNull();
    tenants.set(tenant.id, tenant);
    expect(await lookUp(secret)).not.toBeNull();
  });

  test('never with the administrator who made it', async () => {
    const { admin, create } = await setup();
    const { secret, apiKey } = await create();
    const { userId } = admin.caller as { userId: string };
    valueOf(await deleteUser(as(await platformAdministrator()), userId));
    expect(await lookUp(secret)).toMatchObject({ apiKeyId: apiKey.id });
  });

  test('unknown hashes have no caller, and only services ask', async () => {
    expect(await lookUp('vaga_no_such_key')).toBeNull();
    await expect(internalApiKeyCaller(as(SERVICE), "'; drop table api_keys")).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
    const { admin } = await setup();
    await expect(internalApiKeyCaller(admin, 'a'.repeat(64))).rejects.toEqual(thrown('FORBIDDEN'));
  });
});

describe('the last use', () => {
  const lastUse = async (id: string): Promise<Temporal.Instant | null> => {
    const [row] = await sql<{ at: string | null }[]>`
      select to_char(last_used_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from api_keys where id = ${id}`;
    return row!.at === null ? null : Temporal.Instant.from(row!.at);
  };

  test('is recorded to the minute, once a minute, and never goes back', async () => {
    const { create } = await setup();
    const { apiKey, secret } = await create();
    const minute = Temporal.Instant.from('2030-01-01T10:00:00Z');
    await lookUp(secret, minute.add({ seconds: 59 }));
    await expect.poll(() => lastUse(apiKey.id)).toEqual(minute);
    const version = () =>
      sql`select xmin::text from api_keys where id = ${apiKey.id}`.then(([one]) => one!['xmin'] as string);
    const before = await version();
    await Promise.all(Array.from({ length: 20 }, () => lookUp(secret, minute.add({ seconds: 30 }))));
    await lookUp(secret, minute.subtract({ minutes: 5 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await version()).toBe(before);
    await Promise.all(Array.from({ length: 20 }, () => lookUp(secret, minute.add({ minutes: 1 }))));
    await expect.poll(() => lastUse(apiKey.id)).toEqual(minute.add({ minutes: 1 }));
  });

  test('is not waited for, while the row is locked', async () => {
    const { create } = await setup();
    const { apiKey, secret } = await create();
    await sql.begin(async (tx) => {
      await tx`select 1 from api_keys where id = ${apiKey.id} for update`;
      expect(await lookUp(secret)).not.toBeNull();
      expect(await lastUse(apiKey.id)).toBeNull();
    });
    await expect.poll(() => lastUse(apiKey.id)).not.toBeNull();
  });
});

describe('a key and users', () => {
  async function keyed(...scopes: ApiScope[]) {
    const { tenant, create } = await setup();
    const { apiKey } = await create(scopes);
    return { tenant, apiKey, ctx: as(keyCaller(tenant.id, apiKey.id, scopes)) };
  }

  test('USERS_READ lists them; `me` is null', async () => {
    const { ctx } = await keyed('USERS_READ');
    expect((await users(ctx, {})).nodes).toHaveLength(1);
    expect(await me(ctx)).toBeNull();
    await expect(createUser(ctx, newUserInput())).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(users((await keyed('USERS_WRITE')).ctx, {})).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('USERS_WRITE creates, changes and deletes users', async () => {
    const { ctx, tenant } = await keyed('USERS_WRITE');
    const { id, tenantId } = valueOf(await createUser(ctx, newUserInput()));
    expect(tenantId).toBe(tenant.id);
    const email = `${newId()}@academia.example`;
    expect(valueOf(await updateUser(ctx, { id, email, isActive: false }))).toMatchObject({ email });
    expect(await deleteUser(ctx, id)).toEqual({ ok: true, value: id });
  });

  test('but no administrators, permissions or passwords, nor an address that would open more than it may', async () => {
    const { ctx, tenant } = await keyed('USERS_WRITE');
    const [user, manager, admin] = await Promise.all([
      newUser(tenant.id),
      newUser(tenant.id, { permissions: { canManageResources: true } }),
      newUser(tenant.id, { userType: 'ADMIN' }),
    ]);
    for (const attempt of [
      () => createUser(ctx, newUserInput({ userType: 'ADMIN' })),
      () => createUser(ctx, newUserInput({ password: 'a long enough password' })),
      () => createUser(ctx, newUserInput({ permissions: { canBook: false } })),
      () => updateUser(ctx, { id: user.id, userType: 'ADMIN' }),
      () => updateUser(ctx, { id: user.id, permissions: { canManageUsers: true } }),
      () => updateUser(ctx, { id: admin.id, name: 'Outro' }),
      () => updateUser(ctx, { id: admin.id, isActive: false }),
      () => updateUser(ctx, { id: manager.id, email: 'eva@academia.example' }),
      () => deleteUser(ctx, admin.id),
    ])
      await expect(attempt()).rejects.toEqual(thrown('FORBIDDEN'));
    expect(valueOf(await updateUser(ctx, { id: manager.id, name: 'Outro' })).name).toBe('Outro');
    const elsewhere = await newUser();
    expect(refusalsOf(await updateUser(ctx, { id: elsewhere.id, name: 'x' }))).toEqual([
      ['NOT_FOUND', 'input.id'],
    ]);
  });

  test('an ended key changes nothing, even before the gateway knows', async () => {
    const { ctx, apiKey } = await keyed('USERS_WRITE');
    await sql`update api_keys set is_active = false where id = ${apiKey.id}`;
    await expect(createUser(ctx, newUserInput())).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });
});
