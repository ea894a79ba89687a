import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { describe, expect, test } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();
const setup = await setUpTenant(vaga, platform);
const { token } = setup.admin;

/** Every row of everything, so that "nothing is written" can be seen. */
async function rows(): Promise<string> {
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

describe('what no rule of the domain explains is BAD_USER_INPUT at the top level', () => {
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
    ['JSON that is no object', create('Resource'), { input: resource({ attributes: [1, 2] }) }],
    ['JSON with a NUL', create('Resource'), { input: resource({ attributes: { name: 'a\0b' } }) }],
    ['text with a NUL', create('Resource'), { input: resource({ name: 'a\0b' }) }],
    [
      'text longer than 10,000 characters',
      create('Resource'),
      { input: resource({ description: 'x'.repeat(10_001) }) },
    ],
    [
      'a malformed colour',
      create('ResourceCategory'),
      { input: { name: 'Salas', type: 'PHYSICAL', color: 'red' } },
    ],
    ['an unknown field', create('Resource'), { input: resource({ colour: 'red' }) }],
    ['a number where text belongs', create('Resource'), { input: resource({ name: 7 }) }],
    ['too large a page', '{ bookings(first: 100000) { nodes { id } } }', {}],
    ['an empty page', '{ bookings(first: 0) { nodes { id } } }', {}],
    ['a forged cursor', '{ bookings(after: "bm90IGEgY3Vyc29y") { nodes { id } } }', {}],
    ['a range of 200 years', range, { id: setup.resourceId, from: '2027-01-01', to: '2199-12-31' }],
    ['a range that ends first', range, { id: setup.resourceId, from: '2027-01-02', to: '2027-01-01' }],
    ['a duration off the interval', range, { id: setup.resourceId, from: '2027-01-01', minutes: 7 }],
    ['a negative duration', range, { id: setup.resourceId, from: '2027-01-01', minutes: -60 }],
    ['a malformed literal', '{ resource(id: "x") { id } }', {}],
    [
      'a malformed time as a literal',
      `mutation { createBooking(input: { resourceId: "${setup.resourceId}", startTime: "nine", endTime: "ten" }) { userErrors { code } } }`,
      {},
    ],
    ['a field that does not exist', '{ bookings { nope } }', {}],
    ['a document that is no GraphQL', '{ bookings ', {}],
  ])('%s', async (_what, query, variables) => {
    const before = await rows();
    const { errors } = await vaga.ask(query, variables, { token });
    expect(new Set(errors?.map((error) => error.extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(errors![0]!.extensions.traceId).toMatch(/^[\da-f]{32}$/);
    expect(errors![0]!.message).not.toMatch(/127\.0\.0\.1|node_modules|at \w+ \(/);
    expect(await rows()).toBe(before);
  });
});

describe('what the domain refuses is a user error with its field', () => {
  test.each<[string, string, Record<string, unknown>, string, string | null]>([
    ['an unknown zone', 'updateOrganizationSettings', { timezone: 'Mars/Base' }, 'INVALID', 'input.timezone'],
    [
      'hours that end first',
      'updateOrganizationSettings',
      { workingHoursStart: '10:00', workingHoursEnd: '09:00' },
      'INVALID',
      'input.workingHoursEnd',
    ],
    [
      'an end before its start',
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
    ['no capacity', 'createResource', resource({ capacity: 0 }), 'INVALID', 'input.capacity'],
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
    const before = await rows();
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
    expect(await rows()).toBe(before);
  });

  test('each has its sentence in both languages', async () => {
    const query =
      'mutation ($input: CreateResourceInput!) { createResource(input: $input) { userErrors { message } } }';
    const input = resource({ name: '' });
    const said = async (language: string) =>
      (await vaga.data(query, { input }, { token, language })).createResource.userErrors[0].message;
    expect([await said('en'), await said('pt-PT, en;q=0.5'), await said('fr')]).toEqual([
      'The name cannot be empty.',
      'O nome não pode ficar vazio.',
      'O nome não pode ficar vazio.',
    ]);
  });
});

test.each<[string, Record<string, unknown>]>([
  ['an operation that the document lacks', { query: '{ me { id } }', operationName: 'X' }],
  ['several operations and none named', { query: 'query A { me { id } } query B { me { name } }' }],
  ['an operation with an empty name', { query: 'query A { me { id } }', operationName: '' }],
  ['a subscription by plain POST', { query: 'subscription { bookingChanged { id } }' }],
  ['variables that are no object', { query: '{ me { id } }', variables: [1] }],
  ['no query', {}],
])('%s is BAD_USER_INPUT, and no error of ours', async (_what, body) => {
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

test('what was deleted is as if it had never been there', async () => {
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

test('a forged, a foreign and an unsigned token are UNAUTHENTICATED', async () => {
  const [head, body] = token.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  for (const bad of [`${head}.${body}.forged`, unsigned, 'nonsense', '']) {
    const { errors } = await vaga.ask('{ me { id } }', {}, { headers: { authorization: `Bearer ${bad}` } });
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  }
});

test('a passport that a client sends itself opens no door', async () => {
  const { data } = await vaga.ask('{ me { id } }', {}, { headers: { 'x-vaga-passport': token } });
  expect(data.me).toBeNull();
});
