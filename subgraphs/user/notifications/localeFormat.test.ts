import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { writtenSpan } from './localeFormat.ts';

it.each([
  [
    'Europe/Dublin',
    'en-US',
    '2027-10-31T00:30Z',
    '2027-10-31T01:30Z',
    /01:30 AM \(GMT\+1\) to 01:30 AM \(GMT\)$/,
  ],
  [
    'Europe/Dublin',
    'pt-BR',
    '2027-03-28T00:30Z',
    '2027-03-28T01:30Z',
    /das 00:30 \(GMT(\+0)?\) às 02:30 \(GMT\+1\)$/,
  ],
  [
    'Australia/Lord_Howe',
    'pt-BR',
    '2027-04-03T13:30Z',
    '2027-04-03T16:30Z',
    /das 00:30 \(GMT\+11\) às 03:00 \(GMT\+10:30\)$/,
  ],
  [
    'Europe/Dublin',
    'en-US',
    '2027-10-30T10:00Z',
    '2027-10-31T10:00Z',
    /11:00 AM \(GMT\+1\) until .* 10:00 AM \(GMT\)$/,
  ],
  ['Europe/Dublin', 'en-US', '2027-10-30T10:00Z', '2027-10-30T11:00Z', / 11:00 AM to 12:00 PM \(GMT\+1\)$/],
] as const)('in %s (%s), from %s to %s is %s', (zone, locale, start, end, text) => {
  const format = { zone, locale, language: locale === 'pt-BR' ? locale : 'en' } as const;
  const [from, to] = [start, end].map((one) => Temporal.Instant.from(one)) as [
    Temporal.Instant,
    Temporal.Instant,
  ];
  expect(writtenSpan(format, from, to)).toMatch(text);
});
