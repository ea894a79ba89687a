import { readFileSync } from 'node:fs';
import { buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { expect, it } from 'vitest';
import { queryCost } from './queryCost.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

function costOf(fields: string) {
  const document = parse(`mutation { ${fields} }`);
  return queryCost(schema, document, document.definitions[0] as OperationDefinitionNode, {});
}

it.each([
  'signIn(input: { email: "a@b.c", password: "x" }) { __typename }',
  'signUp(input: { domain: "d", name: "n", email: "a@b.c", password: "x" }) { emailSent }',
  'requestPasswordReset(domain: "d", email: "a@b.c")',
  'resetPassword(input: { token: "t", newPassword: "x" }) { done }',
  'requestEmailVerification(domain: "d", email: "a@b.c")',
  'verifyEmail(token: "t") { done }',
  'acceptInvitation(input: { token: "t", password: "x" }) { __typename }',
])('counts as a sign-in: %s', (field) => {
  expect(costOf(field)).toMatchObject({ passwordChecks: 1, signIns: 1, sessionChanges: 0 });
});

it('counts none for what needs a session and hashes nothing', () => {
  const fields = 'inviteUser(id: "i") { __typename } endSession(id: "i") { __typename }';
  expect(costOf(fields)).toMatchObject({ passwordChecks: 0, signIns: 0, sessionChanges: 0 });
});
