import { setTimeout } from 'node:timers/promises';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { consumeOnce } from '@libs/events/consumer/consumer';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay/relay';
import type { TenantId } from '@libs/auth/tenantId';
import { request } from '@libs/testing/contexts';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { newUserInput, refusalsOf, userFixtures } from '../user.fixtures.ts';
import { reactions } from '../reactions.ts';
import { createUser } from './createUser.ts';
import { deleteUser } from './deleteUser.ts';
import { DELETION_BATCH } from './store.ts';

const { url, sql } = await testDatabase('user');
const { redis } = await testRedis();
const db = connect(url, { name: 'deleteUsersOfTenant.db.test' });
afterAll(db.close);
const { as, isSessionOpen, newSession, newTenant, newUser, platformAdministrator } = userFixtures(
  db,
  request,
);

describe('tenant.deleted', () => {
  const deleted = (tenantId: TenantId) =>
    inTransaction(db, (tx) =>
      announce(tx, { type: 'tenant.deleted', payload: { tenant_id: tenantId } }, as()),
    );
  const consume = async () => {
    await relayOnce({ db, redis });
    await consumeOnce({ group: 'user-service', reactions, db, redis });
  };

  test("removes every user and session of the tenant, also deleted ones, and no other tenant's", async () => {
    const [tenantId, other] = [newTenant().id, newTenant().id];
    const [row, erased, kept] = [await newUser(tenantId), await newUser(tenantId), await newUser(other)];
    await deleteUser(as(await platformAdministrator()), erased.id);
    const sessionId = await newSession(row);
    const keptSession = await newSession(kept);
    await deleted(tenantId);
    await deleted(tenantId);
    await consume();
    expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select 1 from sessions where id = ${sessionId}`).toHaveLength(0);
    expect(await sql`select 1 from users where tenant_id = ${other}`).toHaveLength(1);
    expect(await isSessionOpen(keptSession)).toBe(true);
  });

  test('removes more users than one statement does', async () => {
    const [tenantId, kept] = [newTenant().id, await newUser()];
    await sql`
      insert into users (id, tenant_id, name, email, user_type, can_book, can_manage_bookings, can_manage_resources, can_manage_users,
                         metadata, is_active, created_at, updated_at)
      select gen_random_uuid(), ${tenantId}, 'Ana', n || '@example.com', 'USER', true, false, false, false, '{}', true, now(), now()
      from generate_series(1, ${2 * DELETION_BATCH}) n`;
    await deleted(tenantId);
    await consume();
    expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select 1 from users where id = ${kept.id}`).toHaveLength(1);
  });

  test('blocks new users of the tenant, even while the directory still has it', async () => {
    const tenantId = newTenant().id;
    await deleted(tenantId);
    await consume();
    expect(
      refusalsOf(await createUser(as(await platformAdministrator()), newUserInput({ tenantId }))),
    ).toEqual([['NOT_FOUND', 'input.tenantId']]);
  });

  test('either removes or refuses users created at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tenantId = newTenant().id;
      const platform = as(await platformAdministrator());
      const createEight = () =>
        Array.from({ length: 8 }, () => createUser(platform, newUserInput({ tenantId })));
      await deleted(tenantId);
      await relayOnce({ db, redis });
      const consumed = consumeOnce({ group: 'user-service', reactions, db, redis });
      await Promise.all([...createEight(), consumed, setTimeout(5).then(() => Promise.all(createEight()))]);
      expect(await sql`select 1 from users where tenant_id = ${tenantId}`).toHaveLength(0);
    }
  });
});
