import type { Caller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, platformAdministrator, request, userOf } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { afterAll, describe, expect, test } from 'vitest';
import { contextOf } from '../context.ts';
import type { CreateTenantInput } from '../generated.ts';
import { processDeps } from '../tenant.fixtures.ts';
import { createTenant } from './createTenant.ts';
import { settingsOf } from './settings.ts';
import { special } from './specialHours.fixtures.ts';
import { updateOrganizationSettings } from './updateOrganizationSettings.ts';
import { updateTenant } from './updateTenant.ts';

const { url, sql } = await testDatabase('tenant');
const db = connect(url, { name: 'updateSettings.db.test' });
afterAll(db.close);

let invalidated: string[] = [];
const as = (caller: Caller) =>
  contextOf(request({ caller }), {
    ...processDeps(db),
    invalidateSettings: async (id) => void invalidated.push(id),
  });
const platform = as(platformAdministrator());

const domain = () => `${newId()}.example`;
async function made(input: Partial<CreateTenantInput> = {}) {
  const outcome = await createTenant(platform, { name: 'Academia', domain: domain(), ...input });
  if (!outcome.ok) throw new Error('not made');
  return { ...outcome.value, id: outcome.value.id as TenantId };
}
const codesOf = (outcome: Outcome<unknown>) => (outcome.ok ? [] : outcome.refusals.map((one) => one.code));
const thrown = (code: string) => expect.objectContaining({ code });

describe('updateOrganizationSettings', () => {
  test('keeps both of two concurrent updates of different settings', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    await Promise.all([
      updateOrganizationSettings(admin, null, { bookingInterval: 45 }),
      updateOrganizationSettings(admin, id, { cancellationHours: 2 }),
      updateOrganizationSettings(platform, id, { autoConfirm: true }),
    ]);
    const [row] = await sql`select settings from tenants where id = ${id}`;
    expect(row!['settings']).toEqual({ bookingInterval: 45, cancellationHours: 2, autoConfirm: true });
  });

  test('stores text for dates and times, returns nulls to their defaults, and keeps the rest', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    const first = {
      maxDurationMinutes: 120,
      approvalHours: 8,
      reminderHours: [24, 2],
      overnight: true,
      specialHours: [{ ...special('2027-12-24', '2027-12-31', ['22:00', '04:00']), name: 'Natal' }],
    };
    const { specialHours, ...plain } = first;
    expect(codesOf(await updateOrganizationSettings(admin, null, first))).toEqual([]);
    const settingsOfRow = async () =>
      (await sql`select settings from tenants where id = ${id}`)[0]!['settings'];
    expect(await settingsOfRow()).toEqual({
      ...plain,
      specialHours: [
        {
          from: '2027-12-24',
          to: '2027-12-31',
          ranges: [{ start: '22:00:00', end: '04:00:00' }],
          name: 'Natal',
        },
      ],
    });
    const outcome = await updateOrganizationSettings(admin, null, { approvalHours: null });
    expect(outcome.ok && settingsOf(outcome.value.settings)).toMatchObject({
      ...first,
      specialHours,
      approvalHours: null,
    });
    expect(await settingsOfRow()).not.toHaveProperty('approvalHours');
  });

  test.each([
    [{ holdMinutes: 61 }, 'INVALID'],
    [{ overnight: false }, 'INVALID'],
    [{ bookingInterval: 45 }, 'INVALID'],
    [{ specialHours: Array.from({ length: 367 }, () => special('2027-12-24', '2027-12-24')) }, 'TOO_MANY'],
  ])('writes nothing of an input with %j', async (input, code) => {
    const settings = {
      overnight: true,
      workingHoursStart: localTime('20:00'),
      workingHoursEnd: localTime('02:00'),
      minDurationMinutes: 60,
    };
    const { id, settings: stored } = await made({ settings });
    invalidated = [];
    const outcome = await updateOrganizationSettings(as(administratorOf(id)), null, {
      businessType: 'bar',
      ...input,
    });
    expect(codesOf(outcome)).toEqual([code]);
    const [row] = await sql`select settings from tenants where id = ${id}`;
    expect(row!['settings']).toEqual(stored);
    expect(invalidated).toEqual([]);
    const name = newId();
    expect(
      codesOf(await createTenant(platform, { name, domain: domain(), settings: { holdMinutes: 0 } })),
    ).toEqual(['INVALID']);
    expect(await sql`select from tenants where name = ${name}`).toHaveLength(0);
  });

  test('checks a new end against the stored start', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    const late = { workingHoursEnd: (7 * 3600) as never };
    expect(codesOf(await updateOrganizationSettings(admin, null, late))).toEqual(['INVALID']);
  });

  test("is FORBIDDEN for another tenant's settings, and lets a platform administrator name the tenant", async () => {
    const { id } = await made();
    await expect(updateOrganizationSettings(as(administratorOf(newTenantId())), id, {})).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(updateOrganizationSettings(platform, null, {})).rejects.toEqual(thrown('BAD_USER_INPUT'));
    await expect(updateOrganizationSettings(as(userOf(id)), null, {})).rejects.toEqual(thrown('FORBIDDEN'));
    expect(codesOf(await updateOrganizationSettings(platform, newId(), {}))).toEqual(['NOT_FOUND']);
  });
});

describe('tenant.updated', () => {
  const announcedIn = async (id: string) =>
    (
      await sql`select stream, event_type, payload from outbox where tenant_id = ${id} and event_type = 'tenant.updated' order by arrival`
    ).map(({ stream, event_type, payload }) => [stream, event_type, payload.tenant_id, payload.changed]);

  test('names the fields and settings that have another value, and no others', async () => {
    const { id } = await made();
    const admin = as(administratorOf(id));
    await updateTenant(admin, { id, name: 'Nova', logoUrl: null });
    await updateOrganizationSettings(admin, null, {
      bookingInterval: 30,
      bufferAfterMinutes: 15,
      specialHours: [special('2027-12-24', '2027-12-24')],
    });
    expect(await announcedIn(id)).toEqual([
      ['schedule-events', 'tenant.updated', id, ['name']],
      ['schedule-events', 'tenant.updated', id, ['buffer_after_minutes', 'special_hours']],
    ]);
  });

  test('is not announced by a change to the same values, or one that is refused', async () => {
    const { id, name } = await made();
    const admin = as(administratorOf(id));
    await updateTenant(admin, { id, name });
    await updateOrganizationSettings(admin, null, { bookingInterval: 30, minDurationMinutes: null });
    await updateOrganizationSettings(admin, null, { holdMinutes: 0 });
    expect(await announcedIn(id)).toEqual([]);
  });
});
