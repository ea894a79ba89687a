import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** Disconnects while the subgraph is working. */
async function askAndDisconnect(query: string): Promise<void> {
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

it('a query is aborted in the subgraph when its client disconnects', async () => {
  await askAndDisconnect('{ wait }');
  await expect.poll(() => federation.state.abandoned).toBe(1);
});

it('a mutation is not aborted when its client disconnects', async () => {
  await askAndDisconnect('mutation { paintSlowly }');
  // A later request has been served, so an abort would have arrived.
  await federation.ask('{ room { id } }');
  expect(federation.state.abandoned).toBe(0);
});

it('a query is answered if its client stays', async () => {
  const answer = federation.ask('{ wait }');
  await expect.poll(() => federation.state.waiting).toBe(1);
  federation.state.release();
  expect((await answer).data).toEqual({ wait: 'done' });
  await federation.ask('{ room { id } }');
  expect(federation.state.abandoned).toBe(0);
});

it('a query may fetch much at once without a warning', async () => {
  const warnings: string[] = [];
  const warn = ({ message }: Error) => void warnings.push(message);
  process.on('warning', warn);
  const aliases = Array.from({ length: 15 }, (_, index) => `a${index}: room { owner { b${index}: name } }`);
  const { errors } = await federation.ask(`{ ${aliases.join(' ')} }`);
  await nextTurn();
  process.off('warning', warn);
  expect(errors).toBeUndefined();
  expect(warnings).toEqual([]);
});
