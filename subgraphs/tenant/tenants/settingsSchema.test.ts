import { readFileSync } from 'node:fs';
import type { StoredSettings } from '@drizzle/tenant/tables';
import { settingsSchema, type TenantSettings } from '@libs/directory/tenants';
import { fieldsOf, nullableFieldsOf } from '@libs/testing/sdlFields';
import { expect, expectTypeOf, test } from 'vitest';
import { settingsOf } from './settings.ts';

const sdl = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8');
const labelsSchema = settingsSchema.shape.customLabels;
const specialHoursSchema = settingsSchema.shape.specialHours.element;

/** What `settingsSchema` has for the GraphQL types of settings. */
const ZOD_KINDS: Record<string, string> = {
  String: 'string',
  TimeZone: 'string',
  LocalDate: 'pipe',
  LocalTime: 'pipe',
  '[DayOfWeek!]': 'array',
  '[Int!]': 'array',
  '[SpecialHours!]': 'array',
  '[SpecialHoursInput!]': 'array',
  '[TimeRange!]': 'array',
  '[TimeRangeInput!]': 'array',
  Int: 'number',
  Boolean: 'boolean',
  CustomLabels: 'object',
  CustomLabelsInput: 'object',
};

type Kind = { def: { type: string; innerType?: unknown } };
const isNullable = ({ def }: Kind): boolean => def.type === 'nullable';
/** The kind of each field, by name; of one that may be null, its kind otherwise. */
const kindsOf = (shape: Record<string, Kind>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [
      name,
      (isNullable(field) ? (field.def.innerType as Kind) : field).def.type,
    ]),
  );

test.each([
  ['OrganizationSettings', settingsSchema],
  ['OrganizationSettingsInput', settingsSchema],
  ['SpecialHours', specialHoursSchema],
  ['SpecialHoursInput', specialHoursSchema],
  ['CustomLabels', labelsSchema],
  ['CustomLabelsInput', labelsSchema],
])('%s has the fields and types that the subgraphs read', (type, { shape }) => {
  const kinds = Object.entries(fieldsOf(sdl, type)).map(([name, field]) => [name, ZOD_KINDS[field]]);
  expect(Object.fromEntries(kinds)).toEqual(kindsOf(shape));
});

test.each([
  ['OrganizationSettings', settingsSchema],
  ['SpecialHours', specialHoursSchema],
])('%s may be null where the subgraphs expect it, and nowhere else', (type, { shape }) => {
  const nullable = Object.entries(shape).filter(([, field]) => isNullable(field));
  expect(nullable.map(([name]) => name)).toEqual(nullableFieldsOf(sdl, type));
});

test('every setting and label has a default', () => {
  const defaults = settingsOf({});
  expect(Object.keys(defaults).toSorted()).toEqual(Object.keys(settingsSchema.shape).toSorted());
  expect(Object.keys(defaults.customLabels)).toEqual(Object.keys(labelsSchema.shape));
});

test('every setting and label can be stored', () => {
  // Checked by the compiler: the column is JSON, and its keys exist as types only.
  expectTypeOf<keyof StoredSettings>().toEqualTypeOf<keyof TenantSettings>();
  expectTypeOf<keyof NonNullable<StoredSettings['customLabels']>>().toEqualTypeOf<
    keyof TenantSettings['customLabels']
  >();
});
