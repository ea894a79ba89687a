/** Callers known to the gateway whose session or rights have ended since. */
import type { SignedInCaller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { waitUntil } from '@scripts/dev/servers/processes';
import { afterAll, describe, expect, test } from 'vitest';
import { changePassword } from '../sessions/changePassword.ts';
import { newUserInput, PASSWORD, userFixtures, valueOf } from '../user.fixtures.ts';
import { createUser } from './createUser.ts';
import { deleteUser } from './deleteUser.ts';
import { lockCaller } from './lockCaller.ts';
import { updateUser } from './updateUser.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'holdCaller.db.test' });
afterAll(db.close);
const examples = userFixtures(db, request);
const { administratorOf, as, callerOf, newPlatformAdministrator, newTenant, newUser, platformAdministrator } =
  examples;

const thrown = (code: string) => expect.objectContaining({ code });
/** 'done', or the code of the error, for each. */
const outcomesOf = async (all: Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code,
  );
const typesIn = async (tenantId: string): Promise<string[]> =>
  (
    await sql`select user_type from users where tenant_id = ${tenantId} and deleted_at is null order by user_type`
  ).map((row) => row['user_type'] as string);

const endSession = ({ sessionId }: SignedInCaller) =>
  sql`update sessions set ended_at = now() where id = ${sessionId}`;
const newAdministrator = () => administratorOf(newTenant().id);

describe('a change of users', () => {
  /** How rights were lost, and how a change is refused then. */
  const LOSSES: [string, string, (caller: SignedInCaller) => Promise<unknown>][] = [
    ['who signed out', 'UNAUTHENTICATED', endSession],
    [
      'whose session has expired',
      'UNAUTHENTICATED',
      ({ sessionId }) =>
        sql`update sessions set expires_at = now() - interval '1 second' where id = ${sessionId}`,
    ],
    [
      'who was deactivated',
      'UNAUTHENTICATED',
      async ({ userId: id }) =>
        valueOf(await updateUser(as(await platformAdministrator()), { id, isActive: false })),
    ],
    [
      'who is inactive, with a session that lives',
      'UNAUTHENTICATED',
      ({ userId }) => sql`update users set is_active = false where id = ${userId}`,
    ],
    [
      'who was deleted',
      'UNAUTHENTICATED',
      async ({ userId }) => valueOf(await deleteUser(as(await platformAdministrator()), userId)),
    ],
    [
      'who was demoted',
      'FORBIDDEN',
      async ({ userId: id }) =>
        valueOf(await updateUser(as(await platformAdministrator()), { id, userType: 'USER' })),
    ],
  ];

  test.each(LOSSES)('by a caller %s is %s and changes nothing', async (_, code, lose) => {
    const caller = await newAdministrator();
    const other = await newUser(caller.tenantId);
    await lose(caller);
    const ctx = as(caller);
    const changes = [
      createUser(ctx, newUserInput({ userType: 'ADMIN' })),
      updateUser(ctx, { id: caller.userId, userType: 'ADMIN', isActive: true }),
      updateUser(ctx, { id: other.id, userType: 'ADMIN' }),
      deleteUser(ctx, other.id),
    ];
    expect(await outcomesOf(changes)).toEqual(changes.map(() => code));
    const rows = await sql`select id from users where tenant_id = ${caller.tenantId} and is_active
                           and (user_type = 'ADMIN' or id = ${other.id}) and id <> ${caller.userId}`;
    expect([...rows]).toEqual([{ id: other.id }]);
  });

  test('by a former manager is refused, except for their own name', async () => {
    const caller = await examples.userOf(newTenant().id, { canManageUsers: true });
    const other = await newUser(caller.tenantId);
    await updateUser(as(await platformAdministrator()), {
      id: caller.userId,
      permissions: { canManageUsers: false },
    });
    const changes = [
      createUser(as(caller), newUserInput()),
      updateUser(as(caller), { id: other.id, name: 'X' }),
      updateUser(as(caller), { id: caller.userId, permissions: { canManageUsers: true } }),
      deleteUser(as(caller), other.id),
    ];
    expect(await outcomesOf(changes)).toEqual(changes.map(() => 'FORBIDDEN'));
    expect((await updateUser(as(caller), { id: caller.userId, name: 'Eu' })).ok).toBe(true);
  });

  test('by a platform administrator is UNAUTHENTICATED without a live session of their own', async () => {
    const { id, tenantId } = await newUser();
    const signedOut = await newPlatformAdministrator();
    await endSession(signedOut);
    const removed = await newPlatformAdministrator();
    await sql`delete from platform_administrators where id = ${removed.userId}`;
    const { sessionId } = await newAdministrator();
    for (const caller of [signedOut, removed, { ...(await newPlatformAdministrator()), sessionId }]) {
      const changes = [
        createUser(as(caller), newUserInput({ tenantId })),
        updateUser(as(caller), { id, userType: 'ADMIN' }),
        deleteUser(as(caller), id),
      ];
      expect(await outcomesOf(changes)).toEqual(changes.map(() => 'UNAUTHENTICATED'));
    }
  });

  test('of their own password is refused alike', async () => {
    const input = { currentPassword: PASSWORD, newPassword: 'a new and longer password' };
    const row = await newUser(newTenant().id, { password: PASSWORD });
    const [signedOut, inactive] = [await callerOf(row), await callerOf(row)];
    await endSession(signedOut);
    await expect(changePassword(as(signedOut), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
    await sql`update users set is_active = false where id = ${row.id}`;
    await expect(changePassword(as(inactive), input)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });
});

describe('concurrent changes', () => {
  const ROUNDS = 10;

  test('do not let a demoted administrator promote themself again', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await newAdministrator();
      const demoted = await administratorOf(first.tenantId);
      const promote = () => updateUser(as(demoted), { id: demoted.userId, userType: 'ADMIN' });
      const [demotion] = await outcomesOf([
        updateUser(as(first), { id: demoted.userId, userType: 'USER' }),
        promote(),
        promote(),
      ]);
      expect(demotion).toBe('done');
      expect(await typesIn(first.tenantId)).toEqual(['ADMIN', 'USER']);
    }
  });

  test('make a creation wait for an earlier deactivation of its caller, and refuse it', async () => {
    const caller = await newAdministrator();
    let creation: Promise<string[]> | undefined;
    await sql.begin(async (tx) => {
      await tx`update users set is_active = false where id = ${caller.userId}`;
      creation = outcomesOf([createUser(as(caller), newUserInput({ userType: 'ADMIN' }))]);
      const waiting = () => sql`select 1 from pg_locks join pg_stat_activity using (pid)
                                where not granted and application_name = 'holdCaller.db.test'`;
      await Promise.race([creation, waitUntil(async () => (await waiting()).length > 0, 5_000)]);
    });
    expect(await creation).toEqual(['UNAUTHENTICATED']);
    expect(await typesIn(caller.tenantId)).toEqual(['ADMIN']);
  });

  test('by a caller who is being deactivated happen before it or not at all', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const caller = await newAdministrator();
      const platform = as(await platformAdministrator());
      const create = () => createUser(as(caller), newUserInput());
      const [deactivation, ...creations] = await outcomesOf([
        updateUser(platform, { id: caller.userId, isActive: false }).then(async (outcome) => {
          valueOf(outcome);
          const created = await typesIn(caller.tenantId);
          await expect(create()).rejects.toEqual(thrown('UNAUTHENTICATED'));
          expect(await typesIn(caller.tenantId)).toEqual(created);
        }),
        create(),
        create(),
        create(),
      ]);
      expect(deactivation).toBe('done');
      const created = creations.filter((one) => one === 'done').length;
      expect(creations.filter((one) => one === 'UNAUTHENTICATED')).toHaveLength(3 - created);
      expect(await typesIn(caller.tenantId)).toHaveLength(1 + created);
    }
  });

  test.each([
    [
      'demote',
      'FORBIDDEN',
      (caller: SignedInCaller, id: string) => updateUser(as(caller), { id, userType: 'USER' }),
    ],
    ['delete', 'UNAUTHENTICATED', (caller: SignedInCaller, id: string) => deleteUser(as(caller), id)],
  ])('of two administrators who %s each other leave one', async (_, code, change) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await newAdministrator();
      const second = await administratorOf(first.tenantId);
      const outcomes = await outcomesOf([change(first, second.userId), change(second, first.userId)]);
      expect(outcomes.toSorted()).toEqual([code, 'done']);
      expect((await typesIn(first.tenantId)).filter((type) => type === 'ADMIN')).toHaveLength(1);
    }
  });

  test('in a ring, crosswise and of themselves do not deadlock', async () => {
    const { tenantId } = await newAdministrator();
    const callers = await Promise.all(Array.from({ length: 6 }, () => administratorOf(tenantId)));
    const steps = Array.from({ length: 5 * callers.length }, (_, step) => step);
    // A transaction retried after a deadlock would be counted twice.
    let tries = 0;
    await Promise.all(
      steps.map((step) =>
        inTransaction(db, async (tx) => {
          tries += 1;
          const id = callers[(step + Math.floor(step / callers.length)) % callers.length]!.userId;
          await lockCaller(as(callers[step % callers.length]!), tx, { tenantId, id });
        }),
      ),
    );
    expect(tries).toBe(steps.length);
  });
});
