import { Temporal } from 'temporal-polyfill';
import { toInstant, type DateTimeInput } from '@libs/time/instants';
import { readFileSync } from 'node:fs';
import { parse, type InputObjectTypeDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { at } from '../../booking.fixtures.ts';
import type { CreateBookingInput, RecurrenceInput } from '../../generated.ts';
import { inputHash } from './idempotency.ts';

const { definitions } = parse(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const fieldsOf = (input: string): string[] =>
  definitions
    .filter((one): one is InputObjectTypeDefinitionNode => one.kind === 'InputObjectTypeDefinition')
    .find(({ name }) => name.value === input)!
    .fields!.map(({ name }) => name.value);

const recurrence: RecurrenceInput = { frequency: 'WEEKLY', interval: 1, endDate: null, daysOfWeek: null };
const input: CreateBookingInput = {
  tenantId: null,
  resourceId: 'r1',
  userId: 'u1',
  clientId: 'u1',
  startTime: at('2027-01-06T10:00'),
  endTime: at('2027-01-06T11:00'),
  notes: null,
  recurrence,
  idempotencyKey: 'k1',
};
const otherInput: Required<CreateBookingInput> = {
  tenantId: 't2',
  resourceId: 'r2',
  userId: 'u2',
  clientId: 'u2',
  startTime: at('2027-01-06T10:30'),
  endTime: at('2027-01-06T11:30'),
  notes: 'Levar toalha',
  recurrence: null,
  idempotencyKey: 'k2',
  seats: 2,
  additionalResources: [{ resourceId: 'r3', seats: 1 }],
  metadata: { color: 'blue' },
  override: { rules: ['CLOSED'], reason: 'Festa' },
};
const otherRecurrence: Required<RecurrenceInput> = {
  frequency: 'DAILY',
  interval: 2,
  endDate: at('2027-02-03T10:00'),
  daysOfWeek: ['MONDAY'],
  count: 5,
  exceptDates: [Temporal.PlainDate.from('2027-01-13')],
  onConflict: 'SKIP',
};
const SCOPE = ['tenantId', 'idempotencyKey'];

const hashOf = (one: CreateBookingInput) =>
  inputHash(one, { userId: one.userId!, clientId: one.clientId ?? one.userId! }, 'America/Sao_Paulo');

describe('the hash of an idempotent request', () => {
  it.each(fieldsOf('CreateBookingInput').filter((name) => !SCOPE.includes(name)))(
    'changes with the field %s of CreateBookingInput',
    (name) => {
      expect(otherInput).toHaveProperty(name);
      const changed = { ...input, [name]: otherInput[name as keyof CreateBookingInput] };
      expect(hashOf(changed)).not.toBe(hashOf(input));
    },
  );

  it.each(fieldsOf('RecurrenceInput'))('changes with the field %s of RecurrenceInput', (name) => {
    expect(otherRecurrence).toHaveProperty(name);
    const changed = { ...recurrence, [name]: otherRecurrence[name as keyof RecurrenceInput] };
    expect(hashOf({ ...input, recurrence: changed })).not.toBe(hashOf(input));
  });

  it.each(SCOPE)('does not change with %s, which scopes the key', (name) => {
    const changed = { ...input, [name]: otherInput[name as keyof CreateBookingInput] };
    expect(hashOf(changed)).toBe(hashOf(input));
  });

  it('does not change with the form of a time', () => {
    const local = at('2027-01-06T10:00');
    const instant = toInstant(local, 'America/Sao_Paulo');
    expect(hashOf({ ...input, startTime: instant })).toBe(hashOf({ ...input, startTime: local }));
    const endingAt = (endDate: DateTimeInput) => hashOf({ ...input, recurrence: { ...recurrence, endDate } });
    const endDate = at('2027-02-03T10:00');
    expect(endingAt(toInstant(endDate, 'America/Sao_Paulo'))).toBe(endingAt(endDate));
  });

  it('does not change with a default that is written out, or with the order of the days', () => {
    const { interval: _interval, endDate: _endDate, ...short } = recurrence;
    expect(hashOf({ ...input, recurrence: short })).toBe(hashOf(input));
    const days = (...daysOfWeek: NonNullable<RecurrenceInput['daysOfWeek']>) =>
      hashOf({ ...input, recurrence: { ...recurrence, daysOfWeek } });
    expect(days('MONDAY', 'FRIDAY')).toBe(days('FRIDAY', 'MONDAY', 'MONDAY'));
  });
});
