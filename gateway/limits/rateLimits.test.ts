import { readFileSync } from 'node:fs';
import { buildSchema, Kind, parse, type OperationDefinitionNode } from 'graphql';
import { expect, test } from 'vitest';
import { queryCost } from './queryCost.ts';
import { pointsOf } from './rateLimits.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

function pointsOfText(text: string): number {
  const document = parse(text);
  const operation = document.definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  return pointsOf(queryCost(schema, document, operation, {}));
}

const ERRORS = 'userErrors { code field message ... on BookingConflictError { conflicts { start end } } }';

test.each([
  ['who am I', '{ me { id } }', 2],
  [
    'a booking, whatever its answer may hold',
    `mutation { createBooking(input: {}) { booking { id user { id } } bookings { id } ${ERRORS} } }`,
    5,
  ],
  [
    '20 bookings with three references',
    '{ bookings(first: 20) { nodes { id resource { id } user { id } client { id } } } }',
    6,
  ],
  [
    'a month as numbers',
    '{ resource(id: "a") { availability(from: "2027-01-01", to: "2027-01-31") { availableCount } } }',
    11,
  ],
  [
    'a month of slots',
    '{ resource(id: "a") { availability(from: "2027-01-01", to: "2027-01-31") { slots { startTime } } } }',
    73,
  ],
  [
    "a person's data",
    'mutation { exportPersonalData(userId: "a") { personalData userErrors { code } } }',
    505,
  ],
  ['a sign-in', 'mutation { signIn(input: {}) { session { accessToken } userErrors { code } } }', 55],
])('%s costs its points', (_name, text, points) => {
  expect(pointsOfText(text)).toBe(points);
});
