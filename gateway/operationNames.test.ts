import { expect, it } from 'vitest';
import { MAX_OPERATION_NAME_CHARACTERS, MAX_OPERATION_NAMES, operationNames } from './operationNames.ts';

const trusted = new Map([['id', 'query Rooms { rooms } mutation Paint { paint }']]);

it('tells the operations of trusted documents and the first others apart, and no more', () => {
  const nameOf = operationNames(trusted);
  const others = Array.from({ length: 10 * MAX_OPERATION_NAMES }, (_, index) => nameOf(`Other${index}`));
  expect(new Set(others).size).toBe(MAX_OPERATION_NAMES + 1);
  expect([nameOf('Other0'), nameOf('Other500'), nameOf('Rooms'), nameOf('Paint')]).toEqual([
    'Other0',
    'other',
    'Rooms',
    'Paint',
  ]);
});

it('repeats no name that is long enough for a token', () => {
  const nameOf = operationNames(trusted);
  expect(nameOf('x'.repeat(MAX_OPERATION_NAME_CHARACTERS + 1))).toBe('other');
  expect(nameOf(undefined)).toBe('unnamed');
});
