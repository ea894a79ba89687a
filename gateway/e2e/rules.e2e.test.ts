/** The rules of a tenant and of its resources, as clients set and read them. */
import { sharedFederation } from '@libs/testing/federation';
import { beforeAll, expect, it } from 'vitest';
import { mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
let setup: TenantSetup;
beforeAll(async () => {
  setup = await setUpTenant(vaga, await vaga.signIn());
});

const effectiveRules = async () => {
  const query =
    'query ($id: ID!) { resource(id: $id) { effectiveRules { bookingInterval minDurationMinutes bufferAfterMinutes } } }';
  return (await vaga.data(query, { id: setup.resourceId })).resource.effectiveRules;
};
const setSettings = (input: object) =>
  vaga.data(
    `mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) {
      tenant { settings { specialHours { from to name ranges { start end } } reminderHours overnight } }
      userErrors { code field message }
    } }`,
    { input },
    { token: setup.admin.token },
  );

it('shows special hours, seasons and overrides as they were set, to everyone', async () => {
  const ranges = [{ start: '22:00', end: '04:00' }];
  const specialHours = [{ from: '2027-12-24', to: '2027-12-31', name: 'Recesso', ranges }];
  const { updateOrganizationSettings } = await setSettings({
    overnight: true,
    specialHours,
    reminderHours: [24],
  });
  const shownRanges = [{ start: '22:00:00', end: '04:00:00' }];
  expect(updateOrganizationSettings).toEqual({
    tenant: {
      settings: {
        specialHours: [{ ...specialHours[0], ranges: shownRanges }],
        reminderHours: [24],
        overnight: true,
      },
    },
    userErrors: [],
  });
  const weekly = { day: 'FRIDAY', start: '22:00', end: '04:00' };
  const dated = { from: '2027-06-01', to: '2027-06-30', name: null };
  const shown = await mutate(
    vaga,
    setup.admin.token,
    'updateResource',
    {
      id: setup.resourceId,
      bookingMode: 'SHARED',
      seasons: [{ ...dated, ranges: [weekly] }],
      scheduleOverrides: [{ ...dated, ranges }],
    },
    `resource { bookingMode seasons { from to name ranges { day start end } }
      scheduleOverrides { from to name ranges { start end } }
      tenant { settings { specialHours { ranges { start end } } } } }`,
  );
  expect(shown.resource).toEqual({
    bookingMode: 'SHARED',
    seasons: [{ ...dated, ranges: [{ day: 'FRIDAY', ...shownRanges[0] }] }],
    scheduleOverrides: [{ ...dated, ranges: shownRanges }],
    tenant: { settings: { specialHours: [{ ranges: shownRanges }] } },
  });
});

it('follows a change of the tenant’s rules at once, but for the resource’s own', async () => {
  expect(await effectiveRules()).toEqual({
    bookingInterval: 60,
    minDurationMinutes: 60,
    bufferAfterMinutes: 0,
  });
  await setSettings({ bookingInterval: 20, bufferAfterMinutes: 10 });
  expect(await effectiveRules()).toEqual({
    bookingInterval: 20,
    minDurationMinutes: 20,
    bufferAfterMinutes: 10,
  });
  const rules = { bookingInterval: 45 };
  await mutate(vaga, setup.admin.token, 'updateResource', { id: setup.resourceId, rules }, '__typename');
  await setSettings({ bookingInterval: 30, bufferAfterMinutes: 0 });
  expect(await effectiveRules()).toEqual({
    bookingInterval: 45,
    minDurationMinutes: 45,
    bufferAfterMinutes: 0,
  });
});

it('names the field that is wrong, in the client’s language', async () => {
  const input = { id: setup.resourceId, rules: { minDurationMinutes: 60, maxDurationMinutes: 44_641 } };
  const query =
    'mutation ($input: UpdateResourceInput!) { updateResource(input: $input) { resource { id } userErrors { code field message } } }';
  const { updateResource } = await vaga.data(query, { input }, { token: setup.admin.token, language: 'en' });
  expect(updateResource).toEqual({
    resource: null,
    userErrors: [
      {
        code: 'INVALID',
        field: ['input', 'rules', 'maxDurationMinutes'],
        message: 'maxDurationMinutes must be between 5 and 44640.',
      },
    ],
  });
});
