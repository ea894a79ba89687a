import { describe, expect, it } from 'vitest';
import { scalars } from './scalars.ts';

describe('the error of a scalar', () => {
  it.each([
    ['LocalDate', '2027-02-29', 'there is no 2027-02-29'],
    ['LocalDate', '2027-06-31', 'there is no 2027-06-31'],
    ['DateTime', '2027-02-29T10:00', 'there is no 2027-02-29'],
    ['DateTime', '2027-01-06T24:00:00Z', 'the end of a day is T00:00 of the next'],
    ['LocalTime', '24:30', 'the last time of a day is 24:00, as an end'],
  ] as const)('%s %s says what is wrong', (name, text, hint) => {
    expect(() => scalars[name].parseValue(text)).toThrow(hint);
  });

  it.each([
    ['LocalDate', '29/02/2027'],
    ['LocalDate', '2027-13-01'],
    ['DateTime', 'tomorrow'],
    ['LocalTime', '9 h'],
  ] as const)('%s %s says what is expected', (name, text) => {
    expect(() => scalars[name].parseValue(text)).toThrow(/: expected [^;]+$/);
  });

  it('accepts the days and times that exist', () => {
    expect(String(scalars.LocalDate.parseValue('2028-02-29'))).toBe('2028-02-29');
    expect(scalars.LocalTime.parseValue('24:00')).toBe(86_400);
  });

  it.each([
    'https://a.example/\0',
    'https://a.example/\ud800',
    'https://a.example/\u0007',
    'https://a.example/\u007f',
  ])('URL %j has characters that no URL may have', (text) => {
    expect(() => scalars.URL.parseValue(text)).toThrow(/an http or https URL/);
  });

  it('accepts a URL with other letters', () => {
    expect(scalars.URL.parseValue('https://a.example/são?x=1')).toBe('https://a.example/são?x=1');
  });
});
