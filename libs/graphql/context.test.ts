import { expect, it } from 'vitest';
import { userAgentOf } from './context.ts';

it.each([
  ['Mozilla/5.0 (X11)', 'Mozilla/5.0 (X11)'],
  ['agenda\u00e9\u00a0/1\r\nx-evil: 1\u007f', 'agenda /1 x-evil: 1'],
  ['x'.repeat(1_000), 'x'.repeat(300)],
  [' \t', undefined],
  ['', undefined],
  [undefined, undefined],
])('of the User-Agent %j is passed on: %j', (header, userAgent) => {
  expect(userAgentOf(header)).toBe(userAgent);
});
