import { expect, test } from 'vitest';
import { domainKey, tenantRefusals } from './rules.ts';

const isTaken = (domain: string) => tenantRefusals({ name: 'Academia', domain }).length === 0;

test('a domain is kept in lower case and without the dot of the root', () => {
  expect(domainKey(' Academia-Fit.COM. ')).toBe('academia-fit.com');
});

test.each(['academia-fit.com', 'a.b.c.d', 'localhost', 'xn--so-paulo-1za.br', `${'a'.repeat(63)}.com`])(
  '%s is a domain',
  (domain) => {
    expect(isTaken(domain)).toBe(true);
  },
);

test.each([
  '',
  ' ',
  'a b.com',
  'http://a.com',
  'a.com:80',
  '-a.com',
  'a-.com',
  'a..com',
  'são.br',
  `${'a'.repeat(64)}.com`,
  'a.'.repeat(130),
])('%s is no domain', (domain) => {
  expect(isTaken(domain)).toBe(false);
});

test('a name is neither empty nor longer than 200 characters', () => {
  expect(tenantRefusals({ name: '  ', domain: 'a.com' })[0]?.field).toEqual(['input', 'name']);
  expect(tenantRefusals({ name: 'x'.repeat(201), domain: 'a.com' })[0]?.field).toEqual(['input', 'name']);
  expect(tenantRefusals({ name: 'x'.repeat(200), domain: 'a.com' })).toEqual([]);
});

test('an update may leave fields out, not set them to null', () => {
  const id = '00000000-0000-7000-8000-000000000000';
  expect(tenantRefusals({ id })).toEqual([]);
  expect(tenantRefusals({ id, name: null, plan: null }).map((one) => one.field?.[1])).toEqual([
    'name',
    'plan',
  ]);
});
