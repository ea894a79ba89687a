import { readFileSync } from 'node:fs';
import path from 'node:path';
import { diff, type Change } from '@graphql-inspector/core';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';

const ADDITIONS: ReadonlySet<string> = new Set([
  'TYPE_ADDED',
  'TYPE_DESCRIPTION_ADDED',
  'FIELD_ADDED',
  'FIELD_DESCRIPTION_ADDED',
  'FIELD_ARGUMENT_ADDED',
  'INPUT_FIELD_ADDED',
  'INPUT_FIELD_DESCRIPTION_ADDED',
  'ENUM_VALUE_ADDED',
  'ENUM_VALUE_DESCRIPTION_ADDED',
  'OBJECT_TYPE_INTERFACE_ADDED',
  'UNION_MEMBER_ADDED',
  'DIRECTIVE_ADDED',
]);

const read = (...parts: string[]): GraphQLSchema =>
  buildSchema(readFileSync(path.join(import.meta.dirname, ...parts), 'utf8'));

const words = (text: unknown): string[] =>
  String(text ?? '')
    .toLowerCase()
    .match(/[\p{L}\p{N}']+/gu) ?? [];

function onlyAddsWords({ type, meta }: Change): boolean {
  if (!type.endsWith('DESCRIPTION_CHANGED')) return false;
  const texts = Object.entries(meta).filter(([name]) => name.endsWith('Description'));
  const [contract, api] = ['old', 'new'].map((age) =>
    words(texts.find(([name]) => name.startsWith(age))?.[1]),
  );
  let found = 0;
  for (const word of api!) if (word === contract![found]) found += 1;
  return found === contract!.length;
}

/** A new required argument would break clients. */
const isAddition = (change: Change): boolean =>
  (ADDITIONS.has(change.type) && change.criticality.level !== 'BREAKING') || onlyAddsWords(change);

async function breakingChanges(contract: GraphQLSchema, api: GraphQLSchema): Promise<string[]> {
  const changes = await diff(contract, api);
  return changes
    .filter((change) => !isAddition(change))
    .map((change) => `${change.path ?? ''} ${change.message}`.trim());
}

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
