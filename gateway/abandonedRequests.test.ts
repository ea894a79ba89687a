import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { smallFederation, type SmallFederation } from './testing/smallFederation.ts';

let federation: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation();
});
afterEach(() => {
  federation.state.release();
  Object.assign(federation.state, { waiting: 0, abandoned: 0 });
});
afterAll(() => federation.close());

/** Asks, and goes when the subgraph is at work. */
async function askAndGo(query: string): Promise<void> {
  const client = new AbortController();
  const answer = fetch(federation.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: client.signal,
  });
  await expect.poll(() => federation.state.waiting).toBe(1);
  client.abort();
  await expect(answer).rejects.toThrow('abort');
}

it('a subgraph learns that the client of its query has gone', async () => {
  await askAndGo('{ wait }');
  await expect.poll(() => federation.state.abandoned).toBe(1);
});

it('a mutation is not broken off', async () => {
  await askAndGo('mutation { paintSlowly }');
  // What comes later on the same path has been served: so the subgraph would know by now.
  await federation.ask('{ room { id } }');
  expect(federation.state.abandoned).toBe(0);
});

it('a client that stays has its answer', async () => {
  const answer = federation.ask('{ wait }');
  await expect.poll(() => federation.state.waiting).toBe(1);
  federation.state.release();
  expect((await answer).data).toEqual({ wait: 'done' });
  await federation.ask('{ room { id } }');
  expect(federation.state.abandoned).toBe(0);
});
