import type { Caller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { userErrors } from '@libs/graphql/payload';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { contextOf } from '../context.ts';
import type { CreateTenantInput, UpdateTenantInput } from '../generated.ts';
import { processDeps } from '../tenant.fixtures.ts';
import { createTenant } from './createTenant.ts';
import { deleteTenant } from './deleteTenant.ts';
import { tenant, tenantByDomain, tenantReference, tenants } from './reads.ts';
import { frontendUrlOf } from './rules.ts';
import type { TenantListFilter } from './store.ts';
import { updateTenant } from './updateTenant.ts';

const { url, sql } = await testDatabase('tenant');
const db = connect(url, { name: 'tenants.db.test' });
afterAll(db.close);

let invalidated: string[] = [];
const as = (caller: Caller) =>
  contextOf(request({ caller }), {
    ...processDeps(db),
    invalidateSettings: async (id) => void invalidated.push(id),
  });
const platform = as(platformAdministrator());
const anonymous = contextOf(request(), processDeps(db));

const domain = () => `${newId()}.example`;
async function made(input: Partial<CreateTenantInput> = {}) {
  const outcome = await createTenant(platform, { name: 'Academia', domain: domain(), ...input });
  if (!outcome.ok) throw new Error('not made');
  return { ...outcome.value, id: outcome.value.id as TenantId };
}
const codesOf = (outcome: Outcome<unknown>) => (outcome.ok ? [] : outcome.refusals.map((one) => one.code));
const thrown = (code: string) => expect.objectContaining({ code });

describe('createTenant', () => {
  test('creates an active tenant with plan BASIC and a lower-case domain', async () => {
    const outcome = await createTenant(platform, { name: 'Academia Fit', domain: `Fit.${domain()}` });
    expect(outcome).toMatchObject({
      ok: true,
      value: { name: 'Academia Fit', plan: 'BASIC', isActive: true },
    });
    expect(outcome.ok && outcome.value.domain.startsWith('fit.')).toBe(true);
  });

  test('refuses a taken domain in any case, and writes nothing', async () => {
    const first = await made();
    const outcome = await createTenant(platform, { name: 'Outra', domain: first.domain.toUpperCase() });
    expect(codesOf(outcome)).toEqual(['ALREADY_EXISTS']);
    expect(await sql`select 1 from tenants where name = 'Outra'`).toHaveLength(0);
  });

  test('creates one of twenty concurrent tenants with one domain', async () => {
    const taken = domain();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => createTenant(platform, { name: 'Corrida', domain: taken })),
    );
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.flatMap(codesOf)).toEqual(Array(19).fill('ALREADY_EXISTS'));
  });

  test('reports every refusal at once, in both languages', async () => {
    const outcome = await createTenant(platform, { name: '', domain: 'a b', settings: { timezone: 'x' } });
    expect(codesOf(outcome)).toEqual(['INVALID', 'INVALID', 'INVALID']);
    const inEnglish = await userErrors(request({ language: 'en' }), outcome);
    const inPortuguese = await userErrors(request({ language: 'pt-BR' }), outcome);
    expect(inEnglish.at(-1)).toMatchObject({
      message: 'Unknown time zone: x.',
      field: ['input', 'settings', 'timezone'],
    });
    expect(inPortuguese.at(-1)?.message).toBe('Fuso horário desconhecido: x.');
  });

  test.each([
    ['UNAUTHENTICATED', anonymous],
    ['FORBIDDEN', as(administratorOf(newTenantId()))],
    ['FORBIDDEN', as(userOf(newTenantId()))],
  ])('throws %s for anyone but a platform administrator', async (code, ctx) => {
    await expect(createTenant(ctx, { name: 'Academia', domain: domain() })).rejects.toEqual(thrown(code));
  });
});

describe('updateTenant', () => {
  test('changes named fields, clears null ones, keeps the rest, and invalidates the cached settings', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    await updateTenant(admin, { id, themePrimaryColor: '#123456', logoUrl: 'https://a.example/logo.png' });
    invalidated = [];
    const outcome = await updateTenant(admin, { id, name: 'Nova', logoUrl: null });
    expect(outcome).toMatchObject({
      ok: true,
      value: { name: 'Nova', logoUrl: null, themePrimaryColor: '#123456' },
    });
    expect(invalidated).toEqual([id]);
  });

  test('keeps the address of the frontend, by default https and the domain', async () => {
    const frontendUrl = 'https://app.example/conta?lang=pt';
    const row = await made({ frontendUrl });
    expect(frontendUrlOf(row)).toBe(frontendUrl);
    const { id } = row;
    const admin = as(administratorOf(id));
    const update = async (input: Partial<UpdateTenantInput>) => {
      const outcome = await updateTenant(admin, { id, ...input });
      return outcome.ok && frontendUrlOf(outcome.value);
    };
    expect(await update({ name: 'Nova' })).toBe(frontendUrl);
    expect(await update({ frontendUrl: null, domain: `a.${row.domain}` })).toBe(`https://a.${row.domain}`);
  });

  test("refuses another tenant's id with NOT_FOUND", async () => {
    const { id } = await made();
    const outcome = await updateTenant(as(administratorOf(newTenantId())), { id, name: 'Alheia' });
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
    expect(codesOf(await updateTenant(platform, { id: newId(), name: 'Ninguém' }))).toEqual(['NOT_FOUND']);
  });

  test('refuses a taken domain', async () => {
    const [first, second] = [await made(), await made()];
    expect(codesOf(await updateTenant(platform, { id: second.id, domain: first.domain }))).toEqual([
      'ALREADY_EXISTS',
    ]);
  });

  test('lets only the platform change plan and activity', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    await expect(updateTenant(admin, { id, plan: 'ENTERPRISE' })).rejects.toEqual(thrown('FORBIDDEN'));
    await expect(updateTenant(admin, { id, isActive: false })).rejects.toEqual(thrown('FORBIDDEN'));
    expect(await updateTenant(platform, { id, isActive: false })).toMatchObject({
      ok: true,
      value: { isActive: false },
    });
  });
});

describe('deleteTenant', () => {
  test('deletes the row and announces it in the same transaction', async () => {
    const { id } = await made();
    expect(await deleteTenant(platform, id)).toEqual({ ok: true, value: id });
    expect(await sql`select 1 from tenants where id = ${id}`).toHaveLength(0);
    const events =
      await sql`select event_type, payload from outbox where tenant_id = ${id} and event_type <> 'tenant.created'`;
    expect([...events]).toEqual([{ event_type: 'tenant.deleted', payload: { tenant_id: id } }]);
  });

  test('deletes once and announces once if called twice at the same time', async () => {
    const { id } = await made();
    const outcomes = await Promise.all([deleteTenant(platform, id), deleteTenant(platform, id)]);
    expect(outcomes.flatMap(codesOf)).toEqual(['NOT_FOUND']);
    expect(
      await sql`select 1 from outbox where tenant_id = ${id} and event_type <> 'tenant.created'`,
    ).toHaveLength(1);
  });

  test('is FORBIDDEN for a tenant administrator', async () => {
    const { id } = await made();
    await expect(deleteTenant(as(administratorOf(id)), id)).rejects.toEqual(thrown('FORBIDDEN'));
  });
});

describe('tenant queries', () => {
  test('find an active tenant by domain without a session, and no inactive one', async () => {
    const { id, domain: name } = await made();
    expect(await tenantByDomain(anonymous, name.toUpperCase())).toMatchObject({ id });
    await updateTenant(platform, { id, isActive: false });
    expect(await tenantByDomain(anonymous, name)).toBeNull();
    expect(await tenantByDomain(as({ kind: 'service', name: 'user' }), name)).toMatchObject({ id });
    expect(await tenantByDomain(anonymous, 'nobody.example')).toBeNull();
  });

  test('find an internationalized domain as people write it and as browsers send it', async () => {
    const id = newId();
    const outcome = await createTenant(platform, { name: 'Academia', domain: `münchen-${id}.example` });
    if (!outcome.ok) throw new Error('not made');
    const found = { id: outcome.value.id };
    expect(await tenantByDomain(anonymous, `MÜNCHEN-${id}.example`)).toMatchObject(found);
    expect(await tenantByDomain(anonymous, outcome.value.domain)).toMatchObject(found);
    expect(outcome.value.domain).toMatch(/^xn--[a-z\d-]+\.example$/);
  });

  test('show a tenant to its own users only, also as a reference', async () => {
    const { id } = await made();
    expect(await tenant(as(userOf(id)), id)).toMatchObject({ id });
    expect(await tenant(as(userOf(newTenantId())), id)).toBeNull();
    const other = as(userOf(newTenantId()));
    const missing = await tenantReference(other, newTenantId());
    expect(missing).toMatchObject({ name: 'Unknown tenant', domain: 'unknown.invalid', isActive: false });
    expect(await tenantReference(other, id)).toEqual({ ...missing, id });
    expect(await tenantReference(as({ kind: 'service', name: 'booking' }), newTenantId())).toBeNull();
    expect(await tenantReference(anonymous, id)).toMatchObject({ id });
    await expect(tenant(anonymous, id)).rejects.toEqual(thrown('UNAUTHENTICATED'));
  });

  test('list every tenant once, in a stable order, and refuse a foreign cursor', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 5; n += 1) ids.add((await made()).id);
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof tenants>> = await tenants(platform, null, { first: 2, after });
      seen.push(...page.nodes.map((row) => row.id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => ids.has(id))).toEqual([...ids]);
    expect(await (await tenants(platform, null, { first: 1 })).totalCount()).toBe(seen.length);
    await expect(tenants(platform, null, { first: 2, after: 'bm9wZQ' })).rejects.toEqual(
      thrown('BAD_USER_INPUT'),
    );
    await expect(tenants(as(userOf(newTenantId())), null, {})).rejects.toEqual(thrown('FORBIDDEN'));
  });

  test('list the last tenants, and those before a cursor', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await made()).id);
    const last = await tenants(platform, null, { first: 50, last: 2 });
    expect(last.nodes.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const { startCursor } = last.pageInfo;
    const before = await tenants(platform, null, { last: 1, before: startCursor });
    expect(before.nodes.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  test('filter by plan, activity and part of name or domain, without wildcards', async () => {
    const name = `Ânimo 100% ${newTenantId().slice(-12)}`;
    const one = await made({ name, plan: 'ENTERPRISE' });
    const other = await made({ name: name.toLowerCase() });
    expect(await updateTenant(platform, { id: other.id, isActive: false })).toMatchObject({ ok: true });
    const idsOf = async (filter: TenantListFilter) => {
      const page = await tenants(platform, filter, { last: 100 });
      expect(await page.totalCount()).toBe(page.nodes.length);
      return page.nodes.map(({ id }) => id);
    };
    expect(await idsOf({ search: name.toUpperCase() })).toEqual([one.id, other.id]);
    expect(await idsOf({ search: name, plan: 'ENTERPRISE' })).toEqual([one.id]);
    expect(await idsOf({ search: name, isActive: false })).toEqual([other.id]);
    expect(await idsOf({ search: ` ${other.domain} ` })).toEqual([other.id]);
    expect(await idsOf({ search: name.replace('0%', '_%') })).toEqual([]);
  });
});

describe('limits', () => {
  test('are set by the platform alone, and returned to the plan’s by null', async () => {
    const { id } = await made({ plan: 'PROFESSIONAL' });
    const row = await updateTenant(platform, { id, limits: { users: 7, webhooks: 3 } });
    expect(row).toMatchObject({ ok: true, value: { limits: { users: 7, webhooks: 3 } } });
    expect(codesOf(await updateTenant(platform, { id, limits: { users: -1, apiKeys: 51 } }))).toEqual([
      'INVALID',
      'INVALID',
    ]);
    await expect(updateTenant(as(administratorOf(id)), { id, limits: { users: 8 } })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    expect(await updateTenant(platform, { id, limits: { users: null } })).toMatchObject({
      value: { limits: { webhooks: 3 } },
    });
    expect(await updateTenant(platform, { id, limits: null })).toMatchObject({ value: { limits: {} } });
  });
});
