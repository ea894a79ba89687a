import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { describe, expect, test } from 'vitest';
import { HOSTILE_DOCUMENTS } from '../testing/hostileDocuments.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();
const setup = await setUpTenant(vaga, platform);
const { token } = setup.admin;

/** Equal if nothing was written. */
async function databaseState(): Promise<string> {
  const counts = await Promise.all([
    vaga.databases.tenant.sql`select count(*)::int as n, max(updated_at)::text as at from tenants`,
    vaga.databases.user.sql`select count(*)::int as n, max(updated_at)::text as at from users`,
    vaga.databases.resource.sql`select count(*)::int as n, max(updated_at)::text as at from resources`,
    vaga.databases.resource
      .sql`select count(*)::int as n, max(updated_at)::text as at from resource_categories`,
    vaga.databases.booking.sql`select count(*)::int as n, max(updated_at)::text as at from bookings`,
  ]);
  return JSON.stringify(counts);
}

const booking = (more: object) => ({
  resourceId: setup.resourceId,
  startTime: daysAhead(4, 9),
  endTime: daysAhead(4, 10),
  ...more,
});
const resource = (more: object) => ({ categoryId: setup.categoryId, name: 'Sala', ...more });
const user = (more: object) => ({ name: 'Alguém', email: `${newId()}@a.example`, ...more });

describe('input that cannot be read is refused with a top-level BAD_USER_INPUT and writes nothing', () => {
  const create = (type: string) =>
    `mutation ($input: Create${type}Input!) { create${type}(input: $input) { userErrors { code } } }`;
  const range =
    'query ($id: ID!, $from: LocalDate!, $to: LocalDate, $minutes: Int) { resource(id: $id) { availability(from: $from, to: $to, durationMinutes: $minutes) { date } } }';

  test.each<[string, string, Record<string, unknown>]>([
    [
      'a malformed id',
      'query ($id: ID!) { resource(id: $id) { id } }',
      { id: "'; drop table resources; --" },
    ],
    ['a malformed time', create('Booking'), { input: booking({ startTime: 'tomorrow' }) }],
    [
      'a day that does not exist',
      create('Booking'),
      { input: booking({ startTime: '2027-02-30T09:00:00Z' }) },
    ],
    ['a year out of range', create('Booking'), { input: booking({ startTime: '9999-01-01T09:00:00Z' }) }],
    [
      'a malformed time of day',
      create('Resource'),
      { input: resource({ availabilitySchedule: [{ day: 'MONDAY', start: '25:00', end: '26:00' }] }) },
    ],
    [
      'an unknown enum value',
      create('Resource'),
      { input: resource({ availabilitySchedule: [{ day: 'FUNDAY', start: '08:00', end: '09:00' }] }) },
    ],
    ['a malformed e-mail', create('User'), { input: user({ email: 'not an address' }) }],
    ['JSON that is not an object', create('Resource'), { input: resource({ attributes: [1, 2] }) }],
    ['JSON with a NUL', create('Resource'), { input: resource({ attributes: { name: 'a\0b' } }) }],
    ['text with a NUL', create('Resource'), { input: resource({ name: 'a\0b' }) }],
    [
      'text longer than 10,000 characters',
      create('Resource'),
      { input: resource({ description: 'x'.repeat(10_001) }) },
    ],
    [
      'a malformed color',
      create('ResourceCategory'),
      { input: { name: 'Salas', type: 'PHYSICAL', color: 'red' } },
    ],
    ['an unknown field', create('Resource'), { input: resource({ colour: 'red' }) }],
    ['a number instead of text', create('Resource'), { input: resource({ name: 7 }) }],
    ['a page that is too large', '{ bookings(first: 100000) { nodes { id } } }', {}],
    ['an empty page', '{ bookings(first: 0) { nodes { id } } }', {}],
    ['a forged cursor', '{ bookings(after: "bm90IGEgY3Vyc29y") { nodes { id } } }', {}],
    ['a range of 200 years', range, { id: setup.resourceId, from: '2027-01-01', to: '2199-12-31' }],
    [
      'a range that ends before it starts',
      range,
      { id: setup.resourceId, from: '2027-01-02', to: '2027-01-01' },
    ],
    ['a negative duration', range, { id: setup.resourceId, from: '2027-01-01', minutes: -60 }],
    ['a malformed literal', '{ resource(id: "x") { id } }', {}],
    [
      'a malformed time as a literal',
      `mutation { createBooking(input: { resourceId: "${setup.resourceId}", startTime: "nine", endTime: "ten" }) { userErrors { code } } }`,
      {},
    ],
    ['a field that does not exist', '{ bookings { nope } }', {}],
    ['a malformed document', '{ bookings ', {}],
  ])('%s', async (_what, query, variables) => {
    const before = await databaseState();
    const { errors } = await vaga.ask(query, variables, { token });
    expect(new Set(errors?.map((error) => error.extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(errors![0]!.extensions.traceId).toMatch(/^[\da-f]{32}$/);
    expect(errors![0]!.message).not.toMatch(/127\.0\.0\.1|node_modules|at \w+ \(/);
    expect(await databaseState()).toBe(before);
  });
});

test.each(HOSTILE_DOCUMENTS)('a hostile document is refused: $name', async ({ body, code }) => {
  const answer = await fetch(`${vaga.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  const { errors } = (await answer.json()) as Awaited<ReturnType<typeof vaga.ask>>;
  expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
});

describe('input that breaks a rule is refused with a user error at its field and writes nothing', () => {
  test.each<[string, string, Record<string, unknown>, string, string | null]>([
    [
      'an unknown time zone',
      'updateOrganizationSettings',
      { timezone: 'Mars/Base' },
      'INVALID',
      'input.timezone',
    ],
    [
      'working hours that end before they start',
      'updateOrganizationSettings',
      { workingHoursStart: '10:00', workingHoursEnd: '09:00' },
      'INVALID',
      'input.workingHoursEnd',
    ],
    [
      'a booking that ends before it starts',
      'createBooking',
      booking({ endTime: daysAhead(4, 8) }),
      'INVALID',
      'input.endTime',
    ],
    [
      'a booking of 200 years',
      'createBooking',
      booking({ endTime: '2199-01-01T09:00:00Z' }),
      'INVALID',
      'input.endTime',
    ],
    [
      'a booking in the past',
      'createBooking',
      booking({ startTime: daysAhead(-2, 9), endTime: daysAhead(-2, 10) }),
      'IN_THE_PAST',
      'input.startTime',
    ],
    [
      'a resource that does not exist',
      'createBooking',
      booking({ resourceId: newId() }),
      'NOT_FOUND',
      'input.resourceId',
    ],
    [
      'a client that does not exist',
      'createBooking',
      booking({ clientId: newId() }),
      'NOT_FOUND',
      'input.clientId',
    ],
    [
      'a category that does not exist',
      'createResource',
      resource({ categoryId: newId() }),
      'NOT_FOUND',
      'input.categoryId',
    ],
    ['a capacity of zero', 'createResource', resource({ capacity: 0 }), 'INVALID', 'input.capacity'],
    ['an empty name', 'createResource', resource({ name: '  ' }), 'INVALID', 'input.name'],
    [
      'a name of 201 characters',
      'createResource',
      resource({ name: 'x'.repeat(201) }),
      'INVALID',
      'input.name',
    ],
    [
      'a duplicate e-mail',
      'createUser',
      user({ email: setup.user.email.toUpperCase() }),
      'INVALID',
      'input.email',
    ],
    ['a short password', 'createUser', user({ password: 'short' }), 'INVALID', 'input.password'],
  ])('%s', async (_what, field, input, code, path) => {
    const before = await databaseState();
    const type =
      `${field[0]!.toUpperCase()}${field.slice(1).replace('updateOrganization', 'Organization')}Input!`.replace(
        'Update',
        '',
      );
    const query = `mutation ($input: ${type}) { ${field}(input: $input) { userErrors { code message field } } }`;
    const answer = (await vaga.data(query, { input }, { token }))[field];
    expect(answer.userErrors).toContainEqual({
      code,
      message: expect.any(String),
      field: path?.split('.') ?? null,
    });
    expect(await databaseState()).toBe(before);
  });

  test('its message is in the client’s language, Portuguese by default', async () => {
    const query =
      'mutation ($input: CreateResourceInput!) { createResource(input: $input) { userErrors { message } } }';
    const input = resource({ name: '' });
    const messageIn = async (language: string) =>
      (await vaga.data(query, { input }, { token, language })).createResource.userErrors[0].message;
    expect([await messageIn('en'), await messageIn('pt-PT, en;q=0.5'), await messageIn('fr')]).toEqual([
      'The name cannot be empty.',
      'O nome não pode ficar vazio.',
      'O nome não pode ficar vazio.',
    ]);
  });
});

test.each<[string, Record<string, unknown>]>([
  ['an operation name that is not in the document', { query: '{ me { id } }', operationName: 'X' }],
  [
    'several operations without an operation name',
    { query: 'query A { me { id } } query B { me { name } }' },
  ],
  ['an empty operation name', { query: 'query A { me { id } }', operationName: '' }],
  ['a subscription as a POST request', { query: 'subscription { bookingChanged { id } }' }],
  ['variables that are not an object', { query: '{ me { id } }', variables: [1] }],
  ['a request without a query', {}],
])('refuses %s with BAD_USER_INPUT and no 5xx status', async (_what, body) => {
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const response = await fetch(`${vaga.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBeLessThan(500);
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
  }
});

test('treats a deleted category like one that never existed', async () => {
  const { category } = await mutate(
    vaga,
    token,
    'createResourceCategory',
    { name: 'Breve', type: 'HUMAN' },
    'category { id }',
  );
  await vaga.data(
    'mutation ($id: ID!) { deleteResourceCategory(id: $id) { deletedId } }',
    { id: category.id },
    { token },
  );
  const { data } = await vaga.ask(
    'query ($id: ID!) { resourceCategory(id: $id) { id } }',
    { id: category.id },
    { token },
  );
  expect(data.resourceCategory).toBeNull();
  const query =
    'mutation ($input: CreateResourceInput!) { createResource(input: $input) { userErrors { code } } }';
  const { createResource } = await vaga.data(
    query,
    { input: resource({ categoryId: category.id }) },
    { token },
  );
  expect(createResource.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
});

test('refuses forged, malformed and unsigned tokens with UNAUTHENTICATED', async () => {
  const [head, body] = token.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  for (const bad of [`${head}.${body}.forged`, unsigned, 'nonsense', '']) {
    const { errors } = await vaga.ask('{ me { id } }', {}, { headers: { authorization: `Bearer ${bad}` } });
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  }
});

test('ignores a passport that a client sends', async () => {
  const { data } = await vaga.ask('{ me { id } }', {}, { headers: { 'x-vaga-passport': token } });
  expect(data.me).toBeNull();
});
