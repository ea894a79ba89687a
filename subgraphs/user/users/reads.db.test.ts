import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { PageArgs } from '@libs/db/keysetPages';
import { administratorOf, request, userOf } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { userFixtures } from '../user.fixtures.ts';
import { me, user, userReference, users } from './reads.ts';
import { updateUser } from './updateUser.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'reads.db.test' });
afterAll(db.close);
const { as, newTenant, newUser, platformAdministrator } = userFixtures(db, request);

const thrown = (code: string) => expect.objectContaining({ code });
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('user queries', () => {
  test('return the caller as me, and null for a caller without a user', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId);
    expect(await me(as(userOf(tenantId, {}, row.id)))).toMatchObject({ id: row.id, email: row.email });
    expect(await me(as())).toBeNull();
    expect(await me(as(await platformAdministrator()))).toBeNull();
  });

  test('show others to managers of users or bookings, and to nobody of another tenant', async () => {
    const tenantId = newTenant().id;
    const { id } = await newUser(tenantId);
    expect(await user(as(userOf(tenantId)), id)).toBeNull();
    expect(await user(as(userOf(tenantId, { canManageResources: true })), id)).toBeNull();
    expect(await user(as(userOf(tenantId, { canManageUsers: true })), id)).toMatchObject({ id });
    expect(await user(as(userOf(tenantId, { canManageBookings: true })), id)).toMatchObject({ id });
    expect(await user(as(await platformAdministrator()), id)).toMatchObject({ id });
    expect(await user(as(administratorOf(newTenant().id)), id)).toBeNull();
    await expect(user(as(), id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(users(as(userOf(tenantId)), {})).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(users(as(), { tenantId })).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await expect(users(as(administratorOf(newTenant().id)), { tenantId })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
  });

  test('show a referenced user to everyone of the tenant, without contact data', async () => {
    const tenantId = newTenant().id;
    const row = await newUser(tenantId, { phone: '1', metadata: { a: 1 } });
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
      await platformAdministrator(),
      SERVICE,
    ]) {
      expect(await userReference(as(caller), row.id)).toEqual(row);
    }
    const stranger = newTenant().id;
    const missing = await userReference(as(administratorOf(stranger)), newId());
    expect(missing).toMatchObject({ name: 'Unknown user', isActive: false, tenantId: stranger });
    expect(await userReference(as(administratorOf(stranger)), row.id)).toEqual({ ...missing, id: row.id });
    expect(await userReference(as(SERVICE), newId())).toBeNull();
    await expect(userReference(as(), row.id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('list and count every user of the tenant once, by creation', async () => {
    const tenantId = newTenant().id;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await newUser(tenantId)).id);
    await newUser(newTenant().id);
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
    const other = await users(as(administratorOf(newTenant().id)), {});
    expect([other.nodes, await other.totalCount()]).toEqual([[], 0]);
  });

  test('are sorted by name as an alphabet is, and read from both ends', async () => {
    const tenantId = newTenant().id;
    for (const name of ['bruno', 'Ana', 'Zeca', 'Ália']) await newUser(tenantId, { name });
    const names = async (direction: 'ASC' | 'DESC', args: PageArgs = {}) => {
      const orderBy = { field: 'NAME', direction } as const;
      const page = await users(as(administratorOf(tenantId)), { ...args, orderBy });
      return page.nodes.map(({ name }) => name);
    };
    expect(await names('ASC')).toEqual(['Ália', 'Ana', 'bruno', 'Zeca']);
    expect(await names('DESC')).toEqual(['Zeca', 'bruno', 'Ana', 'Ália']);
    expect(await names('ASC', { last: 2 })).toEqual(['bruno', 'Zeca']);
  });

  test("refuse a cursor of another tenant's list", async () => {
    const tenantId = newTenant().id;
    await newUser(tenantId);
    const page = await users(as(administratorOf(tenantId)), { first: 1 });
    const after = page.pageInfo.endCursor;
    await expect(users(as(administratorOf(newTenant().id)), { after })).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
  });

  test('filter by type, activity and part of name or e-mail address, without wildcards', async () => {
    const tenantId = newTenant().id;
    const admin = await newUser(tenantId, { name: 'Ângela 100%', userType: 'ADMIN' });
    const other = await newUser(tenantId, { name: 'Zé_Roberto', email: 'Ze.Roberto@Academia.example' });
    await updateUser(as(await platformAdministrator()), { id: other.id, isActive: false });
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

  test('read users of many tenants in one statement, with a page each', async () => {
    const tenantIds = [newTenant().id, newTenant().id, newTenant().id];
    for (const tenantId of tenantIds.slice(0, 2)) for (let n = 0; n < 3; n += 1) await newUser(tenantId);
    const ctx = as(await platformAdministrator());
    const selects = vi.spyOn(db.drizzle, 'select');
    const pages = await Promise.all(tenantIds.map((tenantId) => users(ctx, { tenantId, first: 2 })));
    // The statement, and its lateral select.
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
