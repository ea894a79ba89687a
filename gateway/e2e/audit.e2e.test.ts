/**
 * Every mutation of the schema is called, with a secret in each of its texts, and is found in the audit trail; the secrets are not. A new
 * mutation or text fails until it has an entry.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { newId } from '@libs/db/ids';
import { sharedFederation } from '@libs/testing/federation';
import { eventually } from '@libs/testing/eventFixtures';
import { buildSchema, getNamedType, isInputObjectType, type GraphQLInputField } from 'graphql';
import { describe, expect, test } from 'vitest';
import { daysAhead, mutate, PASSWORD, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
const platform = await vaga.signIn();
const ours = await setUpTenant(vaga, platform);
const { sql } = vaga.databases.tenant;
const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const fields = schema.getMutationType()!.getFields();

/** Part of every text that a mutation gets. */
const SECRET = `planted${randomBytes(6).toString('hex')}`;
const text = (more = '') => `${SECRET} ${more}`;
const host = () => `${SECRET}-${newId()}.example`;

type Entry = {
  variables(setup: TenantSetup): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** What the audit trail then has of it, by `ours.admin` unless another caller is named. */
  action: string;
  as?: 'platform';
};

const booking = async (day: number, more: object = {}) => {
  const input = {
    resourceId: ours.resourceId,
    startTime: daysAhead(day, 9),
    endTime: daysAhead(day, 10),
    ...more,
  };
  return mutate(
    vaga,
    ours.admin.token,
    'createBooking',
    input,
    'booking { id } series { id } bookings { id }',
  );
};
const recurrence = (day: number) => ({ recurrence: { frequency: 'DAILY', endDate: daysAhead(day + 2, 10) } });
const hold = async (day: number): Promise<string> => {
  const input = { resourceId: ours.resourceId, startTime: daysAhead(day, 9), endTime: daysAhead(day, 10) };
  return (await mutate(vaga, ours.admin.token, 'createHold', input, 'hold { id }')).hold.id;
};
const override = { rules: ['TOO_FAR_IN_ADVANCE'], reason: text() };
const late = { startTime: daysAhead(40, 9), endTime: daysAhead(40, 10) };
const names = { name: text(), description: text() };
const dates = { from: '2027-03-01', to: '2027-03-01', ranges: [], name: text() };
const resource = { ...names, location: text(), attributes: { [SECRET]: text() } };
const settings = {
  businessType: text(),
  specialHours: [dates],
  customLabels: {
    ...{ resourceSingular: text(), resourcePlural: text() },
    ...{ bookingLabel: text(), userLabel: text() },
  },
};
const newUser = async () => {
  const email = `${newId()}@${ours.domain}`;
  const input = { name: 'Alguém', email, password: PASSWORD };
  const { user } = await mutate(vaga, ours.admin.token, 'createUser', input, 'user { id }');
  return { id: user.id as string, email };
};
const apiKey = async (): Promise<string> => {
  const input = { name: 'Integração', scopes: ['BOOKINGS_READ'] };
  return (await mutate(vaga, ours.admin.token, 'createApiKey', input, 'apiKey { id }')).apiKey.id;
};
const session = async () => {
  const input = { domain: ours.domain, email: ours.user.email, password: PASSWORD };
  return (await mutate(vaga, undefined, 'signIn', input, 'session { refreshToken }')).session.refreshToken;
};

const entries: Record<string, Entry> = {
  createTenant: {
    variables: () => ({
      input: {
        name: text(),
        domain: host(),
        logoUrl: `https://${host()}`,
        frontendUrl: `https://${host()}`,
        settings,
      },
    }),
    action: 'tenant.created',
    as: 'platform',
  },
  updateTenant: {
    variables: () => ({
      input: {
        id: ours.tenantId,
        name: text(),
        logoUrl: `https://${host()}/a`,
        frontendUrl: `https://${host()}`,
      },
    }),
    action: 'tenant.updated',
  },
  updateOrganizationSettings: { variables: () => ({ input: settings }), action: 'tenant.updated' },
  deleteTenant: {
    variables: async () => {
      const input = { name: 'Outra', domain: `${newId()}.example` };
      return { id: (await mutate(vaga, platform, 'createTenant', input, 'tenant { id }')).tenant.id };
    },
    action: 'tenant.deleted',
    as: 'platform',
  },
  createWebhook: {
    variables: () => ({ input: { url: `https://${host()}`, events: ['BOOKING_UPDATED'], secret: SECRET } }),
    action: 'webhook.created',
  },
  updateWebhook: {
    variables: () => ({ input: { id: ours.webhookId, url: `https://${host()}`, secret: SECRET } }),
    action: 'webhook.updated',
  },
  redeliverWebhook: {
    variables: async () => {
      await vaga.data(
        'mutation ($input: UpdateBookingInput!) { updateBooking(input: $input) { userErrors { code } } }',
        { input: { id: ours.bookingId, seats: 1, notes: text('x') } },
        { token: ours.admin.token },
      );
      const found = () => sql`select id from webhook_deliveries where webhook_id = ${ours.webhookId}`;
      await eventually('a delivery', async () => (await found()).length > 0);
      return { deliveryId: (await found())[0]!['id'] };
    },
    action: 'webhook.redelivered',
  },
  deleteWebhook: { variables: () => ({ id: ours.webhookId }), action: 'webhook.deleted' },
  createApiKey: {
    variables: () => ({ input: { name: text(), scopes: ['BOOKINGS_READ'] } }),
    action: 'api_key.created',
  },
  updateApiKey: {
    variables: async () => ({ input: { id: await apiKey(), name: text(), isActive: false } }),
    action: 'api_key.updated',
  },
  deleteApiKey: { variables: async () => ({ id: await apiKey() }), action: 'api_key.deleted' },
  createUser: {
    variables: () => ({
      input: {
        ...{ name: text(), email: `${SECRET}-${newId()}@a.example`, phone: text() },
        ...{ password: text('password'), metadata: { [SECRET]: text() } },
      },
    }),
    action: 'user.created',
  },
  updateUser: {
    variables: () => ({
      input: {
        ...{ id: ours.user.id, name: text(), phone: text(), metadata: { [SECRET]: text() } },
        permissions: { canManageResources: true },
      },
    }),
    action: 'user.updated',
  },
  deleteUser: { variables: async () => ({ id: (await newUser()).id }), action: 'user.deleted' },
  exportTenant: { variables: () => ({}), action: 'tenant.export_requested' },
  exportPersonalData: { variables: () => ({ userId: ours.user.id }), action: 'user.data_exported' },
  erasePersonalData: { variables: async () => ({ userId: (await newUser()).id }), action: 'user.erased' },
  endSession: {
    variables: async () => {
      const input = { domain: ours.domain, email: ours.admin.email, password: PASSWORD };
      const signedIn = await mutate(vaga, undefined, 'signIn', input, 'session { accessToken }');
      const { me } = await vaga.data(
        '{ me { sessions { id isCurrent } } }',
        {},
        { token: signedIn.session.accessToken },
      );
      return { id: me.sessions.find(({ isCurrent }: { isCurrent: boolean }) => isCurrent).id };
    },
    action: 'user.signed_out',
  },
  changePassword: {
    variables: () => ({ input: { currentPassword: PASSWORD, newPassword: text('password') } }),
    action: 'user.password_changed',
  },
  signIn: {
    variables: async () => ({
      input: { domain: ours.domain, email: (await newUser()).email, password: PASSWORD },
    }),
    action: 'user.signed_in',
  },
  inviteUser: {
    variables: async () => {
      const input = { name: 'Alguém', email: `${newId()}@${ours.domain}` };
      const { user } = await mutate(vaga, ours.admin.token, 'createUser', input, 'user { id }');
      return { id: user.id };
    },
    action: 'user.invited',
  },
  signOut: { variables: async () => ({ refreshToken: await session() }), action: 'user.signed_out' },
  createResourceCategory: {
    variables: () => ({ input: { ...names, type: 'HUMAN', icon: SECRET } }),
    action: 'category.created',
  },
  updateResourceCategory: {
    variables: () => ({ input: { id: ours.categoryId, ...names, icon: SECRET } }),
    action: 'category.updated',
  },
  deleteResourceCategory: {
    variables: async () => {
      const input = { name: 'Outra', type: 'HUMAN' };
      const made = await mutate(vaga, ours.admin.token, 'createResourceCategory', input, 'category { id }');
      return { id: made.category.id };
    },
    action: 'category.deleted',
  },
  createResource: {
    variables: () => ({
      input: { categoryId: ours.categoryId, ...resource, seasons: [dates], scheduleOverrides: [dates] },
    }),
    action: 'resource.created',
  },
  updateResource: {
    variables: () => ({
      input: { id: ours.resourceId, ...resource, seasons: [dates], scheduleOverrides: [dates] },
    }),
    action: 'resource.updated',
  },
  deleteResource: {
    variables: async () => {
      const input = { name: 'Outra', categoryId: ours.categoryId };
      return {
        id: (await mutate(vaga, ours.admin.token, 'createResource', input, 'resource { id }')).resource.id,
      };
    },
    action: 'resource.deleted',
  },
  createClosures: {
    variables: () => ({ input: { closures: [{ name: text(), from: '2020-02-01', to: '2020-02-01' }] } }),
    action: 'closure.created',
  },
  importHolidays: {
    variables: () => ({ input: { country: 'BR', year: Number(daysAhead(700, 12).slice(0, 4)) } }),
    action: 'closure.created',
  },
  updateClosure: {
    variables: () => ({ input: { id: ours.closureId, name: text() } }),
    action: 'closure.updated',
  },
  deleteClosure: { variables: () => ({ id: ours.closureId }), action: 'closure.deleted' },
  createBooking: {
    variables: () => ({
      input: {
        ...{ resourceId: ours.resourceId, ...late, notes: text(), metadata: { [SECRET]: text() } },
        ...{ idempotencyKey: text(), override },
      },
    }),
    action: 'booking.created',
  },
  updateBooking: {
    variables: async () => ({
      input: {
        ...{ id: (await booking(9)).booking.id, notes: text(), metadata: { [SECRET]: text() } },
        ...{ startTime: daysAhead(41, 9), endTime: daysAhead(41, 10), override },
      },
    }),
    action: 'booking.updated',
  },
  cancelBooking: {
    variables: async () => ({ input: { id: (await booking(10)).booking.id, reason: text() } }),
    action: 'booking.cancelled',
  },
  changeBookingStatus: {
    variables: async () => {
      const change = { autoConfirm: false };
      const set =
        'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code } } }';
      await vaga.data(set, { input: change }, { token: ours.admin.token });
      const { id } = (await booking(11)).booking;
      await vaga.data(set, { input: { autoConfirm: true } }, { token: ours.admin.token });
      return { input: { id, status: 'REJECTED', reason: text() } };
    },
    action: 'booking.status_changed',
  },
  createHold: {
    variables: () => ({
      input: {
        ...{ resourceId: ours.resourceId, override, idempotencyKey: text('new hold') },
        ...{ startTime: daysAhead(42, 9), endTime: daysAhead(42, 10) },
      },
    }),
    action: 'hold.created',
  },
  confirmHold: {
    variables: async () => ({
      input: {
        ...{ id: await hold(12), notes: text(), metadata: { [SECRET]: text() } },
        idempotencyKey: text('hold'),
      },
    }),
    action: 'hold.ended',
  },
  releaseHold: { variables: async () => ({ id: await hold(13) }), action: 'hold.ended' },
  updateBookingSeries: {
    variables: async () => ({
      input: {
        ...{ bookingId: (await booking(14, recurrence(14))).bookings[0].id, scope: 'ALL', notes: text() },
        override: { rules: ['TOO_SHORT_NOTICE'], reason: text() },
      },
    }),
    action: 'booking.updated',
  },
  extendBookingSeries: {
    variables: async () => ({
      input: {
        ...{ seriesId: (await booking(18, recurrence(18))).series.id, count: 1 },
        idempotencyKey: text('series'),
      },
    }),
    action: 'booking.created',
  },
  cancelBookingSeries: {
    variables: async () => ({
      input: { seriesId: (await booking(22, recurrence(22))).series.id, reason: text() },
    }),
    action: 'booking.cancelled',
  },
};

/** Nothing changes for anybody: the session goes on. Only the return of a used token is recorded, which ends it. */
const WITHOUT_ENTRY: readonly string[] = [
  ...['refreshSession', 'requestPasswordReset', 'requestEmailVerification'],
];
/** accounts.e2e.test.ts sees their entries: they need the e-mail. */
const BY_EMAIL: readonly string[] = ['acceptInvitation', 'resetPassword', 'signUp', 'verifyEmail'];

/** Texts that name something that exists, and passwords and tokens that must be right. */
const NOT_PLANTED: ReadonlySet<string> = new Set([
  ...['signIn.input.domain', 'signIn.input.email', 'signIn.input.password', 'signOut.refreshToken'],
  ...['changePassword.input.currentPassword', 'updateUser.input.currentPassword', 'updateUser.input.email'],
  ...['importHolidays.input.country', 'importHolidays.input.region', 'updateTenant.input.domain'],
]);
/** Texts of a fixed form: zones, locales and colors. */
const isFixedForm = (path: string): boolean => /(timezone|locale|themePrimaryColor|color)$/.test(path);

const TEXT_TYPES = new Set(['String', 'EmailAddress', 'URL', 'JSONObject']);

type Fields = readonly (GraphQLInputField | (typeof fields)[string]['args'][number])[];
const textPaths = (args: Fields, path: string): string[] =>
  args.flatMap((arg) => {
    const type = getNamedType(arg.type);
    if (isInputObjectType(type)) return textPaths(Object.values(type.getFields()), `${path}.${arg.name}`);
    return TEXT_TYPES.has(type.name) ? [`${path}.${arg.name}`] : [];
  });

const valuesAt = (value: unknown, [head, ...rest]: string[]): unknown[] => {
  if (head === undefined) return [value];
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, [head, ...rest]));
  return value && typeof value === 'object' ? valuesAt((value as Record<string, unknown>)[head], rest) : [];
};

test('every mutation has an entry, or is named as one that makes none', () => {
  const known = [...Object.keys(entries), ...WITHOUT_ENTRY, ...BY_EMAIL];
  expect(known.toSorted()).toEqual(Object.keys(fields).toSorted());
});

describe.each(Object.entries(entries))('%s', (name, entry) => {
  test('is in the audit trail with its caller and its trace, and without what anybody wrote', async () => {
    const field = fields[name]!;
    const variables = await entry.variables(ours);
    for (const path of textPaths(field.args, name)) {
      if (NOT_PLANTED.has(path) || isFixedForm(path)) continue;
      expect(JSON.stringify(valuesAt(variables, path.split('.').slice(1))), path).toContain(SECRET);
    }
    const traceId = randomBytes(16).toString('hex');
    const declared = field.args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
    const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    const isPayload = getNamedType(field.type).name !== 'Boolean';
    const query = `mutation (${declared}) { ${name}(${passed}) ${isPayload ? '{ userErrors { code field message } }' : ''} }`;
    const isAnonymous = name === 'signIn' || name === 'signOut';
    const token = isAnonymous ? undefined : entry.as === 'platform' ? platform : ours.admin.token;
    const answer = await vaga.data(query, variables, {
      token,
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    if (isPayload) expect(answer[name].userErrors).toEqual([]);

    const found = () => sql`
      select actor_kind, actor_id, changes from audit_entries where trace_id = ${traceId} and action = ${entry.action}`;
    await eventually(`an entry of ${name}`, async () => (await found()).length > 0);
    const [made] = await found();
    expect(made!['actor_kind']).toBe(entry.as === 'platform' ? 'PLATFORM' : 'USER');
    if (!isAnonymous && entry.as === undefined) expect(made!['actor_id']).toBe(ours.admin.id);
  });
});

test('the audit trail has nothing of what anybody wrote', async () => {
  const [row] = await sql`
    select count(*) filter (where tenant_id = ${ours.tenantId})::int as entries,
           count(*) filter (where e::text ilike ${`%${SECRET}%`})::int as leaks
    from audit_entries e`;
  expect(row!['leaks']).toBe(0);
  expect(row!['entries']).toBeGreaterThan(Object.keys(entries).length);
});

test('a booking shows its history to staff, with the users who changed it', async () => {
  const { id } = (await booking(26)).booking;
  const change = { input: { id, notes: text('history') } };
  await vaga.data(
    'mutation ($input: UpdateBookingInput!) { updateBooking(input: $input) { userErrors { code } } }',
    change,
    { token: ours.admin.token },
  );
  const query = `query ($id: ID!) { booking(id: $id) { history(first: 10) {
    nodes { action changes traceId actor { kind user { id email } apiKeyId } } pageInfo { hasNextPage }
  } } }`;
  const read = async () => (await vaga.data(query, { id }, { token: ours.admin.token })).booking.history;
  await eventually('two entries', async () => (await read()).nodes.length === 2);
  const { nodes } = await read();
  const actor = { kind: 'USER', user: { id: ours.admin.id, email: ours.admin.email }, apiKeyId: null };
  expect(nodes).toMatchObject([
    { action: 'booking.updated', changes: { notes: {} }, actor },
    { action: 'booking.created', changes: { status: { from: null, to: 'confirmed' } }, actor },
  ]);
  const { errors } = await vaga.ask(query, { id: ours.bookingId }, { token: ours.user.token });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
});
