/** Which fields of a mutation hash a password: each of them costs as much as thousands of others. */
import { valueFromASTUntyped, type FieldNode, type OperationDefinitionNode } from 'graphql';

type Variables = Record<string, unknown>;

/** Mutations that hash, and the field of their input that makes them; null where they always do. */
const HASHING: Readonly<Record<string, string | null>> = {
  signIn: null,
  changePassword: null,
  createUser: 'password',
  updateUser: 'currentPassword',
};

/** The variables of a request with the operation's defaults. */
export function variablesOf(operation: OperationDefinitionNode, variables: Variables): Variables {
  const all = { ...variables };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) all[variable.name.value] ??= valueFromASTUntyped(defaultValue);
  }
  return all;
}

/** Whether the field, one of the mutation's own, hashes a password. */
export function hashesPassword(field: FieldNode, variables: Variables): boolean {
  const cause = HASHING[field.name.value];
  if (cause === undefined || cause === null) return cause === null;
  const given = field.arguments?.find((argument) => argument.name.value === 'input')?.value;
  const input = given && (valueFromASTUntyped(given, variables) as Variables | null | undefined);
  return input?.[cause] != null;
}
