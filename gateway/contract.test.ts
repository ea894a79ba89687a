import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { breakingChanges } from '../scripts/check/contractChanges.ts';

const read = (...parts: string[]): GraphQLSchema =>
  buildSchema(readFileSync(path.join(import.meta.dirname, ...parts), 'utf8'));

describe('the API schema', () => {
  it('keeps the whole contract, with its nullability, defaults and descriptions', async () => {
    expect(await breakingChanges(read('..', 'docs', 'api.graphql'), read('schema.graphql'))).toEqual([]);
  });

  it.each([
    ['a field that is missing', 'type Query { a: Int! }', 'type Query { b: Int! }'],
    ['a field that became nullable', 'type Query { a: Int! }', 'type Query { a: Int }'],
    ['a field that became non-null', 'type Query { a: Int }', 'type Query { a: Int! }'],
    ['an argument that became required', 'type Query { a: Int }', 'type Query { a(b: Int!): Int }'],
    ['a default that changed', 'type Query { a(b: Int = 1): Int }', 'type Query { a(b: Int = 2): Int }'],
    [
      'an enum value that is missing',
      'enum E { A B } type Query { a: E }',
      'enum E { A } type Query { a: E }',
    ],
    [
      'a description that changed',
      'type Query { "At most 1." a: Int }',
      'type Query { "At most 2." a: Int }',
    ],
  ])('fails the check for %s', async (_name, contract, api) => {
    expect(await breakingChanges(buildSchema(contract), buildSchema(api))).not.toEqual([]);
  });

  it('passes the check with additions', async () => {
    const contract = buildSchema('type Query { "At most 1." a(b: Int): Int }');
    const api = buildSchema(
      'type Query { "At most 1; never 0." a(b: Int, c: Int): Int d: D } type D { e: Int }',
    );
    expect(await breakingChanges(contract, api)).toEqual([]);
  });
});
