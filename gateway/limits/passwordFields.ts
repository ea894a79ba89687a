import { valueFromASTUntyped, type FieldNode, type OperationDefinitionNode } from 'graphql';

type Variables = Record<string, unknown>;

/** Mutations for people without a session. Those that hash no password send an e-mail or use a link's token, and count like the others. */
const WITHOUT_SESSION = [
  'signIn',
  'signUp',
  'requestPasswordReset',
  'resetPassword',
  'requestEmailVerification',
  'verifyEmail',
  'acceptInvitation',
] as const;
const SIGN_IN_FIELDS: ReadonlySet<string> = new Set(WITHOUT_SESSION);

/** Whether a root field of a mutation counts as a sign-in. */
export const isSignIn = ({ name }: FieldNode): boolean => SIGN_IN_FIELDS.has(name.value);

/** The input field that makes a mutation hash a password; null: always. */
const HASHING: Readonly<Record<string, string | null>> = {
  ...(Object.fromEntries(WITHOUT_SESSION.map((name) => [name, null])) as Record<string, null>),
  changePassword: null,
  createUser: 'password',
  updateUser: 'currentPassword',
};

/** The variables of a request, with the defaults of the operation. */
export function variablesOf(operation: OperationDefinitionNode, variables: Variables): Variables {
  const all = { ...variables };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) all[variable.name.value] ??= valueFromASTUntyped(defaultValue);
  }
  return all;
}

/** Whether a root field of a mutation hashes a password, or counts as if it did. */
export function hashesPassword(field: FieldNode, variables: Variables): boolean {
  const cause = HASHING[field.name.value];
  if (cause === undefined || cause === null) return cause === null;
  const argument = field.arguments?.find(({ name }) => name.value === 'input')?.value;
  const input = argument && (valueFromASTUntyped(argument, variables) as Variables | null | undefined);
  return input?.[cause] != null;
}
