/** What a user's fields must be. Pure. */
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateUserInput, UpdateUserInput } from '../generated.ts';
import { PERMISSIONS } from './permissions.ts';

const nullPermissions = (permissions: CreateUserInput['permissions']): Refusal[] =>
  PERMISSIONS.filter((permission) => permissions?.[permission] === null).map((field) =>
    refusal('INVALID', 'shared.cannotBeNull', ['input', 'permissions', field], { field }),
  );

/** Reasons not to take the fields of a new user, its password aside. */
export const createUserRefusals = (input: CreateUserInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'userType'),
  ...nullPermissions(input.permissions),
  ...nameRefusals(input.name, ['input', 'name']),
];

/** Reasons not to take the changes of a user. */
export const updateUserRefusals = (input: UpdateUserInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'name', 'email', 'userType', 'permissions', 'metadata', 'isActive'),
  ...nullPermissions(input.permissions),
  ...nameRefusals(input.name, ['input', 'name']),
];

/** The e-mail address is another user's. */
export const emailTaken = (): Refusal => refusal('INVALID', 'user.emailTaken', ['input', 'email']);

/** Users who change their own e-mail address must give their current password: whoever finds a session open cannot keep the account. */
export const passwordNeeded = (input: UpdateUserInput): Refusal =>
  refusal(
    'INVALID_CREDENTIALS',
    input.currentPassword == null ? 'user.currentPasswordNeeded' : 'user.wrongPassword',
    ['input', 'currentPassword'],
  );

/** No user of the tenant has this id. */
export const userNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'user.notFound', field);
