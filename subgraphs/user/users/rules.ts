import { PERMISSIONS } from '@libs/auth/caller';
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateUserInput, UpdateUserInput } from '../generated.ts';

/** How long after the sign-up the address may be verified: then the user is deleted. */
export const UNVERIFIED_SIGN_UP_DAYS = 7;

const nullPermissions = (permissions: CreateUserInput['permissions']): Refusal[] =>
  PERMISSIONS.filter((permission) => permissions?.[permission] === null).map((field) =>
    refusal('INVALID', 'shared.cannotBeNull', ['input', 'permissions', field], { field }),
  );

/** Excludes the password. */
export const createUserRefusals = (input: CreateUserInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'userType'),
  ...nullPermissions(input.permissions),
  ...nameRefusals(input.name, ['input', 'name']),
  ...(input.invite && input.password != null
    ? [refusal('INVALID', 'user.invitedWithPassword', ['input', 'invite'])]
    : []),
];

export const updateUserRefusals = (input: UpdateUserInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'name', 'email', 'userType', 'permissions', 'metadata', 'isActive'),
  ...nullPermissions(input.permissions),
  ...nameRefusals(input.name, ['input', 'name']),
];

export const emailTaken = (): Refusal => refusal('INVALID', 'user.emailTaken', ['input', 'email']);

/** An open session must not be enough to take over the account. */
export const passwordNeeded = (input: UpdateUserInput): Refusal =>
  refusal(
    'INVALID_CREDENTIALS',
    input.currentPassword == null ? 'user.currentPasswordNeeded' : 'user.wrongPassword',
    ['input', 'currentPassword'],
  );

/** A user who has a password needs no invitation. */
export const hasPasswordAlready = (): Refusal => refusal('INVALID', 'user.hasPassword', ['id']);

export const userNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'user.notFound', field);
