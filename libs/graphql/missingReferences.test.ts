import { newId } from '@libs/db/ids';
import { administratorOf, newTenantId, request } from '@libs/testing/contexts';
import { silentLog } from '@libs/telemetry/log';
import { expect, it, vi } from 'vitest';
import { MAX_LOGGED_IDS, missing, missingReferences, UNKNOWN_ID } from './missingReferences.ts';

const log = silentLog();
const warn = vi.spyOn(log, 'warn');
const tenantId = newTenantId();
const ctx = request({ log, caller: administratorOf(tenantId) });

it('counts every placeholder by type, and logs each id once, up to MAX_LOGGED_IDS', async () => {
  expect(missingReferences()).toEqual({});
  const [user, resource] = [newId(), newId()];
  for (let n = 0; n < 3; n += 1) await missing(ctx, 'User', user, 'user.unknownName');
  await missing(ctx, 'Resource', resource, 'resource.unknownName');
  // A placeholder's own reference is not a lost entity.
  await missing(ctx, 'ResourceCategory', UNKNOWN_ID, 'category.unknownName');
  expect(missingReferences()).toEqual({ missingReferences: { User: 3, Resource: 1 } });
  expect(warn.mock.calls.map(([fields]) => fields)).toMatchObject([
    { type: 'User', id: user },
    { type: 'Resource', id: resource },
  ]);
  for (let n = 0; n < 2 * MAX_LOGGED_IDS; n += 1) await missing(ctx, 'User', newId(), 'user.unknownName');
  expect(warn).toHaveBeenCalledTimes(MAX_LOGGED_IDS);
});

it('names a placeholder in the caller’s language, else their tenant’s, and reveals no other tenant', async () => {
  const id = newId();
  expect(await missing(ctx, 'User', id, 'user.unknownName')).toEqual({ id, tenantId, name: 'Unknown user' });
  const languageOfTenant = vi.fn(async () => 'pt-BR' as const);
  const silent = { ...ctx, language: undefined, languageOfTenant };
  expect((await missing(silent, 'Tenant', id, 'tenant.unknownName')).name).toBe('Organização desconhecida');
  expect(languageOfTenant).toHaveBeenCalledWith(tenantId);
  expect(await missing(request({ log }), 'Resource', id, 'resource.unknownName')).toMatchObject({
    tenantId: UNKNOWN_ID,
  });
});
