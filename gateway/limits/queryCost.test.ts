import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  parse,
  specifiedRules,
  validate,
  type GraphQLObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { CLIENT_PARSE_OPTIONS, isTooComplex, MAX_QUERY_COST, MAX_REQUEST_BODY_BYTES } from './limits.ts';
import { LIST_SIZES } from './listSizes.ts';
import { queryCost } from './queryCost.ts';

const schema = buildSchema(`
  type Query { rooms(first: Int = 50, last: Int): Rooms! room: Room }
  type Mutation { signIn: Int changePassword: Int paint: Int exportPersonalData: Int createUser(input: User!): Int updateUser(input: User!): Int }
  input User { name: String password: String currentPassword: String }
  type Rooms { nodes: [Room!]! edges: [Edge!]! count: Int! }
  type Edge { node: Room! }
  type Room { id: ID! owner: Person bookings(first: Int): Rooms! tags: [Tag!]! }
  type Person { id: ID! rooms(first: Int = 10): Rooms! }
  type Tag { name: String }
`);

function measured(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query, CLIENT_PARSE_OPTIONS);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  return queryCost(schema, document, operation as OperationDefinitionNode, variables);
}

describe('the objects of an answer', () => {
  it.each([
    ['a page of the default size', '{ rooms { nodes { id } } }', {}, 1 + 50],
    ['a page of the size in the document', '{ rooms(first: 20) { nodes { id } } }', {}, 1 + 20],
    [
      'a page of the size in a variable',
      'query ($n: Int) { rooms(first: $n) { nodes { id } } }',
      { n: 5 },
      1 + 5,
    ],
    [
      "a page of the variable's default size",
      'query ($n: Int = 7) { rooms(first: $n) { nodes { id } } }',
      {},
      1 + 7,
    ],
    ['the last items, in place of the first', '{ rooms(last: 4) { nodes { id } } }', {}, 1 + 4],
    ['a page of unknown size as the largest', '{ room { bookings { nodes { id } } } }', {}, 1 + 1 + 100],
    ['a page that is too large as the largest', '{ rooms(first: 100000) { nodes { id } } }', {}, 1 + 100],
    ['edges and nodes', '{ rooms(first: 2) { edges { node { id } } } }', {}, 1 + 2 * 2],
    [
      'pages within pages',
      '{ rooms(first: 2) { nodes { owner { rooms(first: 3) { nodes { id } } } } } }',
      {},
      1 + 2 * (1 + 1 + (1 + 3)),
    ],
    ['a list without a page size', '{ room { tags { name } } }', {}, 1 + 10],
    [
      'a fragment wherever it is spread',
      '{ a: room { ...F } b: room { ...F } } fragment F on Room { owner { id } }',
      {},
      2 * 2,
    ],
  ])('include %s', (_name, query, variables, objects) => {
    expect(measured(query, variables).objects).toBe(objects);
  });

  it('are at least one and at most a page for a negative or malformed variable', () => {
    const query = 'query ($n: Int) { rooms(first: $n) { nodes { id } } }';
    expect(measured(query, { n: -5 }).objects).toBe(1 + 1);
    expect(measured(query, { n: 'many' }).objects).toBe(1 + 100);
  });
});

describe('a query’s cost', () => {
  it('includes fields, aliases, directives and depth through fragments', () => {
    const query =
      '{ x: room @include(if: true) { ...F } } fragment F on Room { owner { y: id ... on Person @skip(if: false) { id } } }';
    expect(measured(query)).toMatchObject({ fields: 4, aliases: 2, directives: 2, depth: 3 });
  });

  it('includes every password check, under any alias and in any fragment', () => {
    const query =
      'mutation { a: signIn signIn ...F ...F } fragment F on Mutation { b: signIn changePassword paint }';
    expect(measured(query)).toMatchObject({ passwordChecks: 6, signIns: 4 });
  });

  it.each<[string, string, Record<string, unknown>, number]>([
    ['one in the document', 'mutation { createUser(input: { password: "x" }) }', {}, 1],
    [
      'one in a variable',
      'mutation ($u: User!) { createUser(input: $u) b: createUser(input: $u) }',
      { u: { password: 'x' } },
      2,
    ],
    ['one from a default', 'mutation ($u: User! = { password: "x" }) { createUser(input: $u) }', {}, 1],
    [
      'one in a field that is a variable',
      'mutation ($p: String) { createUser(input: { password: $p }) }',
      { p: 'x' },
      1,
    ],
    [
      'one for the current password',
      'mutation ($u: User!) { updateUser(input: $u) }',
      { u: { currentPassword: 'x' } },
      1,
    ],
    ['none without a password', 'mutation { createUser(input: { name: "x" }) }', {}, 0],
    ['none for null', 'mutation ($p: String) { createUser(input: { password: $p }) }', { p: null }, 0],
    ['none for a missing variable', 'mutation ($p: String) { createUser(input: { password: $p }) }', {}, 0],
    ['none for a malformed input', 'mutation ($u: User!) { createUser(input: $u) }', { u: 'absurd' }, 0],
  ])("includes the hashes of a user's password: %s", (_name, query, variables, passwordChecks) => {
    expect(measured(query, variables)).toMatchObject({ passwordChecks, signIns: 0 });
  });
});

/** Each fragment spreads the next twice: 2^n fields in a few hundred bytes. */
const bomb = (n: number): string =>
  [
    'query { room { owner { ...F0 } } }',
    ...Array.from(
      { length: n },
      (_, i) =>
        `fragment F${i} on Person { a: rooms { nodes { owner { ...F${i + 1} } } } b: rooms { nodes { owner { ...F${i + 1} } } } }`,
    ),
    `fragment F${n} on Person { id }`,
  ].join('\n');

const contract = buildSchema(readFileSync(new URL('../../docs/api.graphql', import.meta.url), 'utf8'));

function measuredByContract(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query, CLIENT_PARSE_OPTIONS);
  expect(validate(contract, document)).toEqual([]);
  return queryCost(contract, document, document.definitions[0] as OperationDefinitionNode, variables);
}

describe('lists without a page size', () => {
  it('all have an entry in LIST_SIZES', () => {
    const missing = Object.values(contract.getTypeMap())
      .filter(
        (type) => isObjectType(type) && !type.name.startsWith('__') && !type.name.endsWith('Connection'),
      )
      .flatMap((type) =>
        Object.values((type as GraphQLObjectType).getFields())
          .filter(
            (field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)),
          )
          .map((field) => [`${type.name}.${field.name}`, field.name] as const),
      )
      .filter(([coordinate, name]) => !LIST_SIZES.has(coordinate) && !LIST_SIZES.has(name))
      .map(([coordinate]) => coordinate);
    // Depends on its arguments.
    expect(missing).toEqual(['Resource.availability']);
    expect(
      measuredByContract('{ resources(first: 100) { nodes { availabilitySchedule { day } } } }').objects,
    ).toBe(1 + 100 * (1 + 336));
  });
});

describe('lists of ranges within lists', () => {
  const weekly = { day: 'MONDAY', start: '08:00', end: '09:00' };
  it.each([
    ['Resource.seasons', 'ScheduleSeason.ranges', weekly],
    ['Resource.scheduleOverrides', 'ScheduleOverride.ranges', { start: '08:00', end: '09:00' }],
    ['OrganizationSettings.specialHours', 'SpecialHours.ranges', { start: '08:00', end: '09:00' }],
  ])('of %s cannot be written in a request if they are longer', (list, ranges, range) => {
    const count = LIST_SIZES.get(list)! * LIST_SIZES.get(ranges)!;
    expect(JSON.stringify(Array(count).fill(range)).length).toBeGreaterThan(MAX_REQUEST_BODY_BYTES);
  });

  it('allow a frontend to read all of a resource and its tenant, and pages of resources without them', () => {
    const one = measuredByContract(`{ resource(id: "x") {
      seasons { from to name ranges { day start end } } scheduleOverrides { from to name ranges { start end } }
      availabilitySchedule { day start end } rules { bookingInterval } effectiveRules { bookingInterval }
      tenant { settings { specialHours { from to name ranges { start end } } reminderHours } }
    } }`);
    expect(isTooComplex(one)).toBe(false);
    const page = measuredByContract(
      '{ resources(first: 50) { nodes { name bookingMode effectiveRules { bookingInterval } seasons { from to name } } } }',
    );
    expect(isTooComplex(page)).toBe(false);
  });
});

describe('availability', () => {
  const SLOT = 'slots { startTime endTime localStart localEnd available unavailableReason }';
  const days = 'availability(from: "2027-01-01", to: "2027-01-31")';

  it.each([
    ['a range in the document', `{ resource(id: "x") { ${days} { date } } }`, {}, 31],
    [
      'one day if there is no end',
      '{ resource(id: "x") { availability(from: "2027-01-01") { date } } }',
      {},
      1,
    ],
    [
      'a range in variables and defaults',
      'query ($from: LocalDate!, $to: LocalDate = "2027-01-07") { resources(first: 10) { nodes { availability(from: $from, to: $to) { date } } } }',
      { from: '2027-01-01' },
      70,
    ],
    [
      'at most the longest range',
      '{ resource(id: "x") { availability(from: "2027-01-01", to: "2199-01-01") { date } } }',
      {},
      62,
    ],
    [
      'at least one day',
      '{ resource(id: "x") { availability(from: "2027-01-02", to: "2027-01-01") { date } } }',
      {},
      1,
    ],
    [
      'the longest range for what is not a date',
      '{ resource(id: "x") { availability(from: "soon") { date } } }',
      {},
      62,
    ],
    [
      'each resource of each booking, through fragments and aliases',
      `{ a: bookings(first: 10) { nodes { ...B } } b: bookings(first: 5) { nodes { ...B } } } fragment B on Booking { resource { ${days} { date } } }`,
      {},
      15 * 31,
    ],
  ])('counts days: %s', (_what, query, variables, availabilityDays) => {
    expect(measuredByContract(query, variables).availabilityDays).toBe(availabilityDays);
  });

  it.each([
    ['one for a list of resources', `{ resources { nodes { ${days} { ${SLOT} } } } }`, 1],
    [
      'one for two aliases in one selection',
      `{ resource(id: "x") { a: ${days} { ${SLOT} } b: ${days} { ${SLOT} } } }`,
      1,
    ],
    ['one if no slots are selected', `{ resource(id: "x") { ${days} { date } } }`, 1],
    ['none if there is no availability', '{ resource(id: "x") { id } }', 0],
    [
      'one for each alias of a resource',
      `{ a: resource(id: "x") { ...R } b: resource(id: "y") { ...R } } fragment R on Resource { ${days} { ${SLOT} } }`,
      2,
    ],
    [
      'one for each path to a resource',
      `{ resources { nodes { ${days} { ${SLOT} } } } bookings { nodes { resource { ${days} { ${SLOT} } } } } }`,
      2,
    ],
    ['two for slots selected twice', `{ resource(id: "x") { ${days} { a: ${SLOT} b: ${SLOT} } } }`, 2],
    [
      'several for repeated fields of a slot',
      `{ resource(id: "x") { ${days} { slots { ${Array.from({ length: 21 }, (_, i) => `a${i}: localStart`).join(' ')} } } } }`,
      3,
    ],
  ])('counts fetches: %s', (_what, query, availabilityFetches) => {
    expect(measuredByContract(query).availabilityFetches).toBe(availabilityFetches);
  });

  it('is allowed over the longest range for a page of resources of the default size, not for more', () => {
    const costOf = (count: number) =>
      measuredByContract(
        `{ resources(first: ${count}) { nodes { availability(from: "2027-01-01", to: "2027-03-03") { ${SLOT} } } } }`,
      );
    expect(isTooComplex(costOf(50))).toBe(false);
    expect(isTooComplex(costOf(51))).toBe(true);
    const aliases = Array.from(
      { length: 3 },
      (_, i) => `a${i}: resources(first: 20) { nodes { ...R } }`,
    ).join(' ');
    const fragment = `fragment R on Resource { availability(from: "2027-01-01", to: "2027-03-03") { date } }`;
    expect(isTooComplex(measuredByContract(`{ ${aliases} } ${fragment}`))).toBe(true);
  });
});

describe('availabilityChanged', () => {
  const ids = Array.from({ length: 60 }, (_, index) => `r${index}`);
  const costOf = (text: string, variables: Record<string, unknown> = {}) => {
    const document = parse(text);
    return queryCost(contract, document, document.definitions[0] as OperationDefinitionNode, variables);
  };
  const range = { from: '2027-01-06', to: '2027-01-19' };
  const byVariable =
    'subscription ($i: AvailabilityChangedInput!) { availabilityChanged(input: $i) { __typename } }';

  it('costs the slots of all that it watches, whatever is selected', () => {
    expect(costOf(byVariable, { i: { resourceIds: ids.slice(0, 3), ...range } })).toMatchObject({
      availabilityDays: 3 * 14,
      slotDays: 3 * 14,
    });
    const literal = `{ resourceIds: $ids, from: "2027-01-06", to: "2027-01-07" }`;
    const nested = `subscription ($ids: [ID!]!) { availabilityChanged(input: ${literal}) { __typename } }`;
    expect(costOf(nested, { ids: ids.slice(0, 5) }).slotDays).toBe(5 * 2);
    expect(costOf(nested, { ids: 'r1' }).slotDays).toBe(2);
  });

  it('costs at most what the booking subgraph accepts, also if it is malformed', () => {
    expect(
      costOf(byVariable, { i: { resourceIds: ids, from: '2027-01-01', to: '2028-01-01' } }).slotDays,
    ).toBe(700);
    for (const i of [null, 'x', {}, { resourceIds: {}, from: 1 }]) {
      const { slotDays } = costOf(byVariable, { i });
      expect(slotDays).toBe(14);
    }
    expect(costOf(byVariable).slotDays).toBe(14);
  });
});

describe('the limits', () => {
  it('refuse a small document whose fragments expand to a large one, without expanding it', () => {
    const start = performance.now();
    expect(isTooComplex(measured(bomb(40)))).toBe(true);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('refuse many sign-ins in one request', () => {
    const signIns = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, i) => `a${i}: signIn`).join(' ')} }`;
    expect(isTooComplex(measured(signIns(MAX_QUERY_COST.passwordChecks)))).toBe(false);
    expect(isTooComplex(measured(signIns(MAX_QUERY_COST.passwordChecks + 1)))).toBe(true);
  });

  it("refuse several exports of people's data in one request, in fragments too", () => {
    expect(isTooComplex(measured('mutation { exportPersonalData }'))).toBe(false);
    expect(isTooComplex(measured('mutation { a: exportPersonalData b: exportPersonalData }'))).toBe(true);
    const inFragment =
      'mutation { exportPersonalData ...F } fragment F on Mutation { b: exportPersonalData }';
    expect(isTooComplex(measured(inFragment))).toBe(true);
  });

  it('allow the introspection of Sandbox and code generators', () => {
    expect(
      isTooComplex(measured(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }))),
    ).toBe(false);
  });

  it('allow a frontend to walk the contract with pages of 50', () => {
    const person = 'id name email userType permissions { canBook canManageBookings }';
    const document = parse(`query {
      tenant(id: "x") {
        name settings { timezone customLabels { resourceSingular resourcePlural bookingLabel userLabel } }
        resources(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes {
          name attributes category { name color } availabilitySchedule { day start end }
          bookings(first: 50) { pageInfo { hasNextPage endCursor } nodes {
            id localStart localEnd status canCancel user { ${person} } client { ${person} } resource { name }
          } }
        } }
      }
    }`);
    expect(validate(contract, document)).toEqual([]);
    const walk = queryCost(contract, document, document.definitions[0] as OperationDefinitionNode, {});
    expect(isTooComplex(walk)).toBe(false);
    expect(walk.objects).toBeGreaterThan(10_000);
  });
});
