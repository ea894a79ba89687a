import { readFileSync } from 'node:fs';
import { users } from '@drizzle/user/tables';
import { ALL_PERMISSIONS, PERMISSIONS } from '@libs/auth/caller';
import { fieldsOf } from '@libs/testing/sdlFields';
import { getTableColumns } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { DEFAULT_PERMISSIONS } from './permissions.ts';

const sdl = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8');
const booleans = Object.fromEntries(PERMISSIONS.map((permission) => [permission, 'Boolean']));

test.each(['UserPermissions', 'UserPermissionsInput'])(
  '%s has exactly the permissions of a passport',
  (type) => {
    expect(fieldsOf(sdl, type)).toEqual(booleans);
  },
);

test('the table of users has exactly one required boolean column per permission', () => {
  const columns = Object.values(getTableColumns(users)).filter(({ name }) => /^can[_A-Z]/.test(name));
  expect(columns.map(({ name }) => name).toSorted()).toEqual(PERMISSIONS.toSorted());
  expect(columns.map(({ columnType, notNull }) => ({ columnType, notNull }))).toEqual(
    PERMISSIONS.map(() => ({ columnType: 'PgBoolean', notNull: true })),
  );
});

test('defaults and the rights of an ADMIN name every permission', () => {
  expect(Object.keys(DEFAULT_PERMISSIONS)).toEqual(PERMISSIONS);
  expect(Object.keys(ALL_PERMISSIONS)).toEqual(PERMISSIONS);
});
