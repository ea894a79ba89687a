import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSPORT_HEADER, passports } from '@libs/auth/passport';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { neighbour, PASSPORT_REUSE_MS } from './ask.ts';

const SECRET = 'a secret of at least thirty-two characters';
const passport = passports(SECRET);
const shown: string[] = [];
/** A neighbour that only notes the passports that it is shown. */
const server = createServer((request, response) => {
  shown.push(String(request.headers[PASSPORT_HEADER]));
  request.resume().on('end', () => response.end('{"data":{"_entities":[null]}}'));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

it('shows one passport of its own until it is half spent, then another', async () => {
  const { port } = server.address() as AddressInfo;
  const asked = neighbour(`http://127.0.0.1:${port}/graphql`, { name: 'booking', passports: passport });
  const ask = () => asked.entities('User', '{ id }', ['1']);
  const clock = vi.spyOn(performance, 'now');
  try {
    const startMs = performance.now();
    clock.mockImplementation(() => startMs);
    await ask();
    // A passport of another second has another text.
    await expect.poll(async () => (await passport.mint(CALLER)) !== shown[0], { timeout: 3_000 }).toBe(true);
    await ask();
    clock.mockImplementation(() => startMs + PASSPORT_REUSE_MS + 1);
    await ask();
  } finally {
    clock.mockRestore();
    await asked.close();
  }
  expect(shown[1]).toBe(shown[0]);
  expect(shown[2]).not.toBe(shown[0]);
  for (const one of shown) expect(await passport.verify(one)).toEqual(CALLER);
});

const CALLER = { kind: 'service', name: 'booking' } as const;
