import { expect, test } from 'vitest';
import { domainKey, tenantRefusals } from './rules.ts';

const isTaken = (domain: string) => tenantRefusals({ name: 'Academia', domain }).length === 0;

test('domainKey lower-cases a domain and drops the trailing dot', () => {
  expect(domainKey(' Academia-Fit.COM. ')).toBe('academia-fit.com');
});

test.each([
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['MÜNCHEN.Example.', 'xn--mnchen-3ya.example'],
  ['mu\u0308nchen\u3002example', 'xn--mnchen-3ya.example'],
  ['faß.example', 'xn--fa-hia.example'],
  ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
])('domainKey turns %s into %s', (domain, key) => {
  expect(domainKey(domain)).toBe(key);
});

test.each([
  'academia-fit.com',
  'a.b.c.d',
  'localhost',
  'xn--so-paulo-1za.br',
  'são.br',
  '1.example',
  '1e100.net',
  `${'a'.repeat(63)}.com`,
])('%s is accepted as a domain', (domain) => {
  expect(isTaken(domain)).toBe(true);
});

test.each([
  '',
  ' ',
  'a b.com',
  'http://a.com',
  'a.com:80',
  '-a.com',
  'a-.com',
  'a..com',
  'a.com/b',
  'a.com?b',
  'a.com#b',
  'a\\b',
  'a@b.com',
  '%61.com',
  'a\tb.com',
  'a_b.com',
  'xn--a.com',
  '1.2.3.4',
  '１.２.３.４',
  '127.1',
  '0x7f.1',
  '2130706433',
  '1.2.3.4.5',
  'a.1',
  '[::1]',
  '::1',
  `${'a'.repeat(64)}.com`,
  `${'ü'.repeat(63)}.com`,
  'a.'.repeat(130),
])('%s is refused as a domain', (domain) => {
  expect(isTaken(domain)).toBe(false);
});

test('a name must have 1 to 200 characters', () => {
  expect(tenantRefusals({ name: '  ', domain: 'a.com' })[0]?.field).toEqual(['input', 'name']);
  expect(tenantRefusals({ name: 'x'.repeat(201), domain: 'a.com' })[0]?.field).toEqual(['input', 'name']);
  expect(tenantRefusals({ name: 'x'.repeat(200), domain: 'a.com' })).toEqual([]);
});

test('an update may omit required fields, but not set them to null', () => {
  const id = '00000000-0000-7000-8000-000000000000';
  expect(tenantRefusals({ id })).toEqual([]);
  expect(tenantRefusals({ id, name: null, plan: null }).map((one) => one.field?.[1])).toEqual([
    'name',
    'plan',
  ]);
});
