import type { Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { administratorOf, request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { userFixtures } from '../user.fixtures.ts';
import { internalCaller } from './reads.ts';
import { updateUser } from '../users/updateUser.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'reads.db.test' });
afterAll(db.close);
const { as, tenantSubgraph, newMember, tenants, platformAdministrator } = userFixtures(db, request);

const thrown = (code: string) => expect.objectContaining({ code });
const SERVICE: Caller = { kind: 'service', name: 'gateway' };

describe('internalCaller', () => {
  test('is for our own processes only', async () => {
    const { tenant, signedIn } = await newMember();
    const { sessionId } = await signedIn();
    await expect(internalCaller(as(), sessionId)).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(internalCaller(as(administratorOf(tenant.id)), sessionId)).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(internalCaller(as(await platformAdministrator()), sessionId)).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
  });

  test('returns current permissions; an ADMIN has all', async () => {
    const { user, signedIn } = await newMember();
    const { sessionId } = await signedIn();
    await updateUser(as(await platformAdministrator()), { id: user.id, permissions: { canBook: false } });
    expect(await internalCaller(as(SERVICE), sessionId)).toMatchObject({ permissions: { canBook: false } });
    await updateUser(as(await platformAdministrator()), { id: user.id, userType: 'ADMIN' });
    expect(await internalCaller(as(SERVICE), sessionId)).toMatchObject({
      userType: 'ADMIN',
      permissions: { canBook: true, canManageUsers: true },
    });
  });

  test('is null for an unknown session and for an inactive or deleted tenant, but not while the tenant subgraph is down', async () => {
    const { tenant, signedIn } = await newMember();
    const { sessionId } = await signedIn();
    expect(await internalCaller(as(SERVICE), newId())).toBeNull();
    tenant.isActive = false;
    expect(await internalCaller(as(SERVICE), sessionId)).toBeNull();
    tenantSubgraph.isAway = true;
    expect(await internalCaller(as(SERVICE), sessionId)).not.toBeNull();
    tenantSubgraph.isAway = false;
    tenants.delete(tenant.id);
    expect(await internalCaller(as(SERVICE), sessionId)).toBeNull();
  });
});
