/** Which changes of the API schema clients may meet: additions, also to descriptions. */
import { diff, type Change } from '@graphql-inspector/core';
import type { GraphQLSchema } from 'graphql';

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
  'DIRECTIVE_USAGE_SCALAR_ADDED',
  'DIRECTIVE_USAGE_ARGUMENT_ADDED',
]);

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

/** What an API schema lacks, or says otherwise, than the contract. */
export async function breakingChanges(contract: GraphQLSchema, api: GraphQLSchema): Promise<string[]> {
  const changes = await diff(contract, api);
  return changes
    .filter((change) => !isAddition(change))
    .map((change) => `${change.path ?? ''} ${change.message}`.trim());
}
