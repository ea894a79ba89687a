import { setTimeout } from 'node:timers/promises';
import type { Caller, Permissions } from '@libs/auth/caller';
import { accessTokens } from '@libs/auth/accessToken';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { consumeOnce } from '@libs/events/consumer';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay';
import type { Tenants, TenantProfile } from '@libs/directory/tenants';
import type { RequestContext } from '@libs/graphql/context';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { testDatabase, testRedis } from '@libs/testing/databases';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { contextOf, type Context } from '../context.ts';
import type { CreateUserInput } from '../generated.ts';
import { reactions } from '../reactions.ts';
import { createUser } from './createUser.ts';
import { deleteUser } from './deleteUser.ts';
import { me, nameOf, user, userReference, users } from './reads.ts';
import { updateUser } from './updateUser.ts';

const { url, sql } = await testDatabase('user');
const { redis } = await testRedis();
const db = connect(url, { name: 'users.db.test' });
afterAll(db.close);

/** What the tenant subgraph would say: every tenant exists and is active, unless it is named here. */
const inactive = new Set<string>();
const missing = new Set<string>();
const directory: Pick<Tenants, 'profile' | 'byDomain'> = {
  profile: async (id) =>
    missing.has(id) ? undefined : ({ id, isActive: !inactive.has(id) } as unknown as TenantProfile),
  byDomain: async () => undefined,
};
const as = (caller: Caller, overrides: Partial<RequestContext> = {}): Context =>
  contextOf(request({ caller, ...overrides }), {
    db,
    tenants: directory,
    accessTokens: accessTokens('a secret key of tests', 'HS512'),
    sessionRules: { accessTokenHours: 24, refreshTokenDays: 30 },
  });
const anonymous = as({ kind: 'anonymous' });
const platform = as(platformAdministrator());
const service = as({ kind: 'service', name: 'booking' });

const email = () => `${newId()}@academia.example`;
const input = (given: Partial<CreateUserInput> = {}): CreateUserInput => ({
  name: 'João Silva',
  email: email(),
  ...given,
});
async function made(tenantId: TenantId, given: Partial<CreateUserInput> = {}) {
  const outcome = await createUser(as(administratorOf(tenantId)), input(given));
  if (!outcome.ok) throw new Error('not made');
  return outcome.value;
}
/** A user of the table as a caller, with a session in the table. */
async function signedInAs(row: { id: string; tenantId: string }, permissions: Partial<Permissions> = {}) {
  const caller = userOf(row.tenantId as TenantId, permissions, row.id) as Extract<Caller, { kind: 'user' }>;
  await sql`insert into sessions (id, user_id, tenant_id, created_at, expires_at)
            values (${caller.sessionId}, ${row.id}, ${row.tenantId}, now(), now() + interval '1 day')`;
  return caller;
}
const isSessionOpen = async (id: string) =>
  (await sql`select 1 from sessions where id = ${id} and ended_at is null`).length === 1;
const codesOf = (outcome: Outcome<unknown>) =>
  outcome.ok ? [] : outcome.refusals.map((one) => [one.code, one.field?.join('.') ?? null]);
const thrown = (code: string) => expect.objectContaining({ code });

describe('createUser', () => {
  test('makes an active user of type USER who may book and nothing more', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId, { phone: '+55 11 99999-0000', metadata: { plano: 'ouro' } });
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

  test('keeps a password as argon2id of 19 MiB and two passes, and never as it is', async () => {
    const { id } = await made(newTenantId(), { password: 'correct horse battery' });
    const [row] = await sql`select password_hash from users where id = ${id}`;
    expect(row!['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('refuses an e-mail address of another user in any case, and takes it in another tenant', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId);
    const again = input({ email: row.email!.toUpperCase() });
    expect(codesOf(await createUser(as(administratorOf(tenantId)), again))).toEqual([
      ['INVALID', 'input.email'],
    ]);
    expect((await createUser(as(administratorOf(newTenantId())), again)).ok).toBe(true);
  });

  test('of twenty at once with one e-mail address, one is made', async () => {
    const tenantId = newTenantId();
    const admin = as(administratorOf(tenantId));
    const one = input();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => createUser(admin, one)));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.flatMap(codesOf)).toEqual(Array.from({ length: 19 }, () => ['INVALID', 'input.email']));
    expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(1);
  });

  test('says everything that is wrong at once, and writes nothing', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId);
    const bad = input({
      name: ' ',
      email: row.email!,
      password: 'short',
      userType: null,
      permissions: { canBook: null },
    });
    expect(codesOf(await createUser(as(administratorOf(tenantId)), bad))).toEqual([
      ['INVALID', 'input.userType'],
      ['INVALID', 'input.permissions.canBook'],
      ['INVALID', 'input.name'],
      ['INVALID', 'input.password'],
      ['INVALID', 'input.email'],
    ]);
    expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(1);
  });

  test('refuses a tenant that does not exist, and an inactive one but to the platform', async () => {
    const tenantId = newTenantId();
    missing.add(tenantId);
    expect(codesOf(await createUser(platform, input({ tenantId })))).toEqual([
      ['NOT_FOUND', 'input.tenantId'],
    ]);
    missing.delete(tenantId);
    inactive.add(tenantId);
    expect(codesOf(await createUser(as(administratorOf(tenantId)), input()))).toEqual([
      ['INACTIVE', 'input.tenantId'],
    ]);
    expect((await createUser(platform, input({ tenantId }))).ok).toBe(true);
  });

  test('is for who has canManageUsers, in their own tenant', async () => {
    const tenantId = newTenantId();
    const manager = as(userOf(tenantId, { canManageUsers: true }));
    expect((await createUser(manager, input())).ok).toBe(true);
    await expect(createUser(as(userOf(tenantId)), input())).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(createUser(service, input({ tenantId }))).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(createUser(anonymous, input({ tenantId }))).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(createUser(manager, input({ tenantId: newTenantId() }))).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(createUser(platform, input())).rejects.toEqual(thrown('BAD_USER_INPUT'));
  });

  test('a manager makes nobody more than they are', async () => {
    const manager = as(userOf(newTenantId(), { canManageUsers: true, canManageResources: true }));
    await expect(createUser(manager, input({ userType: 'ADMIN' }))).rejects.toEqual(thrown('FORBIDDEN'));
    const more = input({ permissions: { canManageBookings: true } });
    await expect(createUser(manager, more)).rejects.toEqual(thrown('FORBIDDEN'));
    const same = input({ permissions: { canManageResources: true, canManageUsers: true, canBook: false } });
    expect(await createUser(manager, same)).toMatchObject({
      ok: true,
      value: { canManageResources: true, canManageUsers: true, canBook: false },
    });
  });
});

describe('updateUser', () => {
  test('changes what is named, clears the phone with null, and keeps the rest', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId, { phone: '1', metadata: { a: 1 }, permissions: { canBook: false } });
    const outcome = await updateUser(as(administratorOf(tenantId)), {
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

  test('two updates at once of different permissions are both kept', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    const admin = as(administratorOf(tenantId));
    await Promise.all([
      updateUser(admin, { id, permissions: { canManageUsers: true } }),
      updateUser(admin, { id, permissions: { canManageBookings: true } }),
      updateUser(admin, { id, permissions: { canBook: false } }),
    ]);
    expect(await user(as(administratorOf(tenantId)), id)).toMatchObject({
      canManageUsers: true,
      canManageBookings: true,
      canBook: false,
    });
  });

  test('users change their own name, e-mail address, phone and metadata, and nothing else', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    const self = as(userOf(tenantId, {}, id));
    const own = { id, name: 'Eu', email: email(), phone: '2', metadata: { b: 2 } };
    expect(await updateUser(self, own)).toMatchObject({ ok: true, value: own });
    for (const more of [
      { isActive: true },
      { userType: 'ADMIN' as const },
      { permissions: { canBook: true } },
    ]) {
      await expect(updateUser(self, { id, ...more })).rejects.toEqual(thrown('FORBIDDEN'));
    }
    const other = await made(tenantId);
    await expect(updateUser(self, { id: other.id, name: 'X' })).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(updateUser(anonymous, own)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('a manager raises neither others nor themself above what they are, and leaves ADMINs alone', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId, { permissions: { canManageUsers: true } });
    const admin = await made(tenantId, { userType: 'ADMIN' });
    const manager = as(userOf(tenantId, { canManageUsers: true }, id));
    const refusedUpdates = [
      { id, userType: 'ADMIN' as const },
      { id, permissions: { canManageBookings: true } },
      { id: admin.id, name: 'X' },
      { id: admin.id, isActive: false },
    ];
    for (const update of refusedUpdates) {
      await expect(updateUser(manager, update)).rejects.toEqual(thrown('FORBIDDEN'));
    }
    const { id: other } = await made(tenantId, { permissions: { canManageResources: true } });
    // Left as it is, it is not granted; and it may be taken away.
    expect((await updateUser(manager, { id: other, permissions: { canManageResources: true } })).ok).toBe(
      true,
    );
    expect(
      await updateUser(manager, { id: other, permissions: { canManageResources: false } }),
    ).toMatchObject({
      value: { canManageResources: false },
    });
    expect((await updateUser(as(administratorOf(tenantId)), { id: admin.id, userType: 'USER' })).ok).toBe(
      true,
    );
  });

  test('refuses a taken e-mail address, and takes its own in another case', async () => {
    const tenantId = newTenantId();
    const [first, second] = [await made(tenantId), await made(tenantId)];
    const admin = as(administratorOf(tenantId));
    expect(codesOf(await updateUser(admin, { id: second.id, email: first.email!.toUpperCase() }))).toEqual([
      ['INVALID', 'input.email'],
    ]);
    expect((await updateUser(admin, { id: first.id, email: first.email!.toUpperCase() })).ok).toBe(true);
    const race = email();
    const outcomes = await Promise.all(
      [first, second].map(({ id }) => updateUser(as(administratorOf(tenantId)), { id, email: race })),
    );
    expect(outcomes.flatMap(codesOf)).toEqual([['INVALID', 'input.email']]);
  });

  test('refuses null where a value is needed', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    const nulls = { id, name: null, email: null, metadata: null, permissions: null, isActive: null };
    expect(codesOf(await updateUser(as(administratorOf(tenantId)), nulls))).toHaveLength(5);
  });

  test("another tenant's user, a deleted one and none at all are NOT_FOUND alike", async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    const notFound = [['NOT_FOUND', 'input.id']];
    expect(codesOf(await updateUser(as(administratorOf(newTenantId())), { id, name: 'X' }))).toEqual(
      notFound,
    );
    await deleteUser(as(administratorOf(tenantId)), id);
    expect(codesOf(await updateUser(as(administratorOf(tenantId)), { id, name: 'X' }))).toEqual(notFound);
    expect(codesOf(await updateUser(as(platformAdministrator()), { id: newId(), name: 'X' }))).toEqual(
      notFound,
    );
  });

  test('the platform changes a user of any tenant by id alone', async () => {
    const { id } = await made(newTenantId());
    expect(await updateUser(as(platformAdministrator()), { id, name: 'Novo' })).toMatchObject({
      ok: true,
      value: { name: 'Novo' },
    });
  });

  test('whoever becomes inactive is signed out', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId);
    const { sessionId } = await signedInAs(row);
    await updateUser(as(administratorOf(tenantId)), { id: row.id, name: 'Ainda' });
    expect(await isSessionOpen(sessionId)).toBe(true);
    await updateUser(as(administratorOf(tenantId)), { id: row.id, isActive: false });
    expect(await isSessionOpen(sessionId)).toBe(false);
  });
});

describe('deleteUser', () => {
  test('erases what is personal, ends the sessions and announces it once', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId, { phone: '1', metadata: { a: 1 }, password: 'correct horse battery' });
    const { sessionId } = await signedInAs(row);
    const admin = as(administratorOf(tenantId));
    const outcomes = await Promise.all([deleteUser(admin, row.id), deleteUser(admin, row.id)]);
    expect(outcomes.filter((outcome) => outcome.ok)).toEqual([{ ok: true, value: row.id }]);
    expect(outcomes.flatMap(codesOf)).toEqual([['NOT_FOUND', 'id']]);
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
    expect(await sql`select event_type, payload from outbox where tenant_id = ${tenantId}`).toEqual([
      { event_type: 'user.deleted', payload: { user_id: row.id, tenant_id: tenantId } },
    ]);
  });

  test('frees the e-mail address', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId);
    await deleteUser(as(administratorOf(tenantId)), row.id);
    expect((await made(tenantId, { email: row.email! })).email).toBe(row.email);
  });

  test('a deleted user is gone from queries and lists, and shown to what refers to them by a name that says so', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    await deleteUser(as(administratorOf(tenantId)), id);
    const admin = as(administratorOf(tenantId));
    expect(await user(admin, id)).toBeNull();
    expect((await users(admin, {})).nodes).toEqual([]);
    const reference = await userReference(admin, id);
    expect(reference).toMatchObject({ id, isActive: false, email: null });
    expect(await nameOf(admin, reference!)).toBe('Deleted user');
    const inPortuguese = as(userOf(tenantId), { language: undefined });
    expect(await nameOf(inPortuguese, reference!)).toBe('Usuário removido');
  });

  test('is for who has canManageUsers; ADMINs are for administrators', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId, { userType: 'ADMIN' });
    await expect(deleteUser(as(userOf(tenantId)), id)).rejects.toEqual(thrown('FORBIDDEN'));
    const manager = as(userOf(tenantId, { canManageUsers: true }));
    await expect(deleteUser(manager, id)).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(deleteUser(anonymous, id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    expect(codesOf(await deleteUser(as(administratorOf(newTenantId())), id))).toEqual([['NOT_FOUND', 'id']]);
    expect((await deleteUser(as(platformAdministrator()), id)).ok).toBe(true);
  });
});

describe('reads', () => {
  test('me is the caller, and null for whoever has no user', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId);
    expect(await me(as(userOf(tenantId, {}, row.id)))).toMatchObject({ id: row.id, email: row.email });
    expect(await me(anonymous)).toBeNull();
    expect(await me(platform)).toBeNull();
  });

  test('others are seen by who manages users or bookings, and by nobody of another tenant', async () => {
    const tenantId = newTenantId();
    const { id } = await made(tenantId);
    expect(await user(as(userOf(tenantId)), id)).toBeNull();
    expect(await user(as(userOf(tenantId, { canManageResources: true })), id)).toBeNull();
    expect(await user(as(userOf(tenantId, { canManageUsers: true })), id)).toMatchObject({ id });
    expect(await user(as(userOf(tenantId, { canManageBookings: true })), id)).toMatchObject({ id });
    expect(await user(as(platformAdministrator()), id)).toMatchObject({ id });
    expect(await user(as(administratorOf(newTenantId())), id)).toBeNull();
    await expect(user(anonymous, id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(users(as(userOf(tenantId)), {})).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(users(anonymous, { tenantId })).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(users(as(administratorOf(newTenantId())), { tenantId })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
  });

  test('as a reference everybody of the tenant sees who it is, but not how to reach them', async () => {
    const tenantId = newTenantId();
    const row = await made(tenantId, { phone: '1', metadata: { a: 1 } });
    expect(await userReference(as(userOf(tenantId)), row.id)).toEqual({
      ...row,
      email: null,
      phone: null,
      metadata: {},
    });
    for (const caller of [
      userOf(tenantId, {}, row.id),
      userOf(tenantId, { canManageBookings: true }),
      administratorOf(tenantId),
      platformAdministrator(),
      service.caller,
    ]) {
      expect(await userReference(as(caller), row.id)).toEqual(row);
    }
    expect(await userReference(as(administratorOf(newTenantId())), row.id)).toBeNull();
    await expect(userReference(anonymous, row.id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('pages list every user of the tenant once, by creation, and count them', async () => {
    const tenantId = newTenantId();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await made(tenantId)).id);
    await made(newTenantId());
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof users>> = await users(as(administratorOf(tenantId)), {
        first: 2,
        after,
      });
      seen.push(...page.nodes.map((row) => row.id));
      expect(await page.totalCount()).toBe(5);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(ids);
    const other = await users(as(administratorOf(newTenantId())), {});
    expect([other.nodes, await other.totalCount()]).toEqual([[], 0]);
  });

  test("a cursor of another tenant's list is refused", async () => {
    const tenantId = newTenantId();
    await made(tenantId);
    const page = await users(as(administratorOf(tenantId)), { first: 1 });
    const after = page.pageInfo.endCursor;
    await expect(users(as(administratorOf(newTenantId())), { after })).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
  });

  test('filters by type, activity and a part of name or e-mail address, in which no sign is special', async () => {
    const tenantId = newTenantId();
    const admin = await made(tenantId, { name: 'Ângela 100%', userType: 'ADMIN' });
    const other = await made(tenantId, { name: 'Zé_Roberto', email: 'Ze.Roberto@Academia.example' });
    await updateUser(as(administratorOf(tenantId)), { id: other.id, isActive: false });
    const idsOf = async (filter: NonNullable<Parameters<typeof users>[1]['filter']>) => {
      const page = await users(as(administratorOf(tenantId)), { filter });
      expect(await page.totalCount()).toBe(page.nodes.length);
      return page.nodes.map((row) => row.id);
    };
    expect(await idsOf({})).toEqual([admin.id, other.id]);
    expect(await idsOf({ userType: 'ADMIN' })).toEqual([admin.id]);
    expect(await idsOf({ isActive: false })).toEqual([other.id]);
    expect(await idsOf({ search: 'ângela' })).toEqual([admin.id]);
    expect(await idsOf({ search: '0%' })).toEqual([admin.id]);
    expect(await idsOf({ search: 'é_r' })).toEqual([other.id]);
    expect(await idsOf({ search: 'roberto@ACADEMIA' })).toEqual([other.id]);
    expect(await idsOf({ search: '_' })).toEqual([other.id]);
    expect(await idsOf({ search: '' })).toEqual([admin.id, other.id]);
    expect(await idsOf({ search: 'ninguém', userType: null })).toEqual([]);
  });

  test('the users of many tenants are one statement, each with its own first', async () => {
    const tenantIds = [newTenantId(), newTenantId(), newTenantId()];
    for (const tenantId of tenantIds.slice(0, 2)) for (let n = 0; n < 3; n += 1) await made(tenantId);
    const ctx = as(platformAdministrator());
    const selects = vi.spyOn(db.drizzle, 'select');
    const pages = await Promise.all(tenantIds.map((tenantId) => users(ctx, { tenantId, first: 2 })));
    // The statement, and the select that is lateral within it.
    expect(selects).toHaveBeenCalledTimes(2);
    selects.mockRestore();
    expect(pages.map((page) => page.nodes.map((row) => row.tenantId))).toEqual([
      [tenantIds[0], tenantIds[0]],
      [tenantIds[1], tenantIds[1]],
      [],
    ]);
    expect(pages.map((page) => page.pageInfo.hasNextPage)).toEqual([true, true, false]);
  });
});

describe('tenant.deleted', () => {
  const deleted = (tenantId: TenantId) =>
    inTransaction(db, (tx) =>
      announce(tx, { type: 'tenant.deleted', payload: { tenant_id: tenantId } }, platform),
    );
  const consume = async () => {
    await relayOnce({ db, redis });
    await consumeOnce({ group: 'user-service', reactions, db, redis });
  };

  test('leaves no user and no session of the tenant, deleted ones neither, and touches no other', async () => {
    const [tenantId, other] = [newTenantId(), newTenantId()];
    const [row, gone, kept] = [await made(tenantId), await made(tenantId), await made(other)];
    await deleteUser(as(administratorOf(tenantId)), gone.id);
    const { sessionId } = await signedInAs(row);
    const { sessionId: keptSession } = await signedInAs(kept);
    await deleted(tenantId);
    await deleted(tenantId);
    await consume();
    expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select 1 from sessions where id = ${sessionId}`).toHaveLength(0);
    expect(await sql`select 1 from users where tenant_id = ${other}`).toHaveLength(1);
    expect(await isSessionOpen(keptSession)).toBe(true);
  });

  test('nobody is made in the tenant afterwards, though the directory still knows it', async () => {
    const tenantId = newTenantId();
    await deleted(tenantId);
    await consume();
    expect(codesOf(await createUser(as(administratorOf(tenantId)), input()))).toEqual([
      ['NOT_FOUND', 'input.tenantId'],
    ]);
  });

  test('whoever is made at the same moment is either removed or refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tenantId = newTenantId();
      const admin = as(administratorOf(tenantId));
      const createEight = () => Array.from({ length: 8 }, () => createUser(admin, input()));
      await deleted(tenantId);
      await relayOnce({ db, redis });
      const consumed = consumeOnce({ group: 'user-service', reactions, db, redis });
      await Promise.all([...createEight(), consumed, setTimeout(5).then(() => Promise.all(createEight()))]);
      expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(0);
    }
  });
});
