import { request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@libs/telemetry/log';
import { fastify } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  admission,
  withAdmission,
  MAX_CONCURRENT_REQUESTS,
  MAX_QUEUE_WAIT_MS,
  MAX_QUEUED_REQUESTS,
  OVERLOAD_WAIT_MS,
  PRIORITY_HEADER,
} from './admission.ts';
import { MAX_BURST_MS, MIN_CONCURRENT_REQUESTS, OVERLOAD_RECOVERY_MS } from './overload.ts';

/** Short enough to keep the queue from emptying. */
const REQUEST_INTERVAL_MS = 10;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An admission with a manual clock; `states` holds the state of each request in order of arrival. */
function setup(stalled?: () => number) {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  const {
    enter,
    leave: leaveAfter,
    pauseWhile,
  } = admission({ log: silentLog(), ...(stalled ? { stalled } : {}) });
  const leave = () => leaveAfter(1);
  const states: ('queued' | 'served' | 'refused')[] = [];
  const arrive = (count: number) => {
    for (let arrived = 0; arrived < count; arrived += 1) {
      const index = states.push('queued') - 1;
      const entered = enter();
      if (entered === true) states[index] = 'served';
      else void entered.then((isAdmitted) => (states[index] = isAdmitted ? 'served' : 'refused'));
    }
  };
  const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const count = (state: (typeof states)[number]) => states.filter((one) => one === state).length;
  return { states, arrive, leave, pauseWhile, advance, count };
}

describe('a request', () => {
  it('is served while there is capacity, and queues when there is none', async () => {
    const { arrive, leave, advance, count } = setup();
    arrive(MAX_CONCURRENT_REQUESTS + 2);
    expect([count('served'), count('queued')]).toEqual([MAX_CONCURRENT_REQUESTS, 2]);
    leave();
    await advance(0);
    expect(count('queued')).toBe(1);
  });

  it('in a burst is served in order of arrival, and refused after MAX_QUEUE_WAIT_MS', async () => {
    const { states, arrive, leave, advance } = setup();
    arrive(MAX_CONCURRENT_REQUESTS + 2);
    leave();
    await advance(0);
    expect(states.slice(-2)).toEqual(['served', 'queued']);
    await advance(MAX_QUEUE_WAIT_MS + 50);
    expect(states.at(-1)).toBe('refused');
  });

  it('is refused at once when MAX_QUEUED_REQUESTS are queued', async () => {
    const { arrive, advance, count } = setup();
    arrive(MAX_CONCURRENT_REQUESTS + MAX_QUEUED_REQUESTS + 5);
    await advance(0);
    expect(count('refused')).toBe(5);
  });

  it('takes the place of one that pauses, which then continues without a place of its own', async () => {
    const { arrive, leave, pauseWhile, advance, count } = setup();
    arrive(MAX_CONCURRENT_REQUESTS + 2);
    let wake = () => {};
    const paused = pauseWhile(() => new Promise((resolve) => (wake = resolve)));
    await advance(0);
    expect(count('queued')).toBe(1);
    wake();
    await paused;
    leave();
    await advance(0);
    expect(count('queued')).toBe(1);
    leave();
    await advance(0);
    expect(count('queued')).toBe(0);
  });

  it('is served if all running requests only wait for an unresponsive service', async () => {
    const { arrive, count } = setup(() => MAX_CONCURRENT_REQUESTS);
    arrive(2 * MAX_CONCURRENT_REQUESTS);
    expect(count('served')).toBe(2 * MAX_CONCURRENT_REQUESTS);
  });
});

describe('under overload', () => {
  /** Keeps the queue from emptying for longer than a burst. */
  async function overloaded() {
    const requests = setup();
    requests.arrive(MAX_CONCURRENT_REQUESTS + 1);
    for (let ms = 0; ms <= MAX_BURST_MS; ms += OVERLOAD_WAIT_MS / 2) {
      requests.arrive(1);
      await requests.advance(OVERLOAD_WAIT_MS / 2);
    }
    await requests.advance(OVERLOAD_WAIT_MS);
    return requests;
  }

  it('a request is refused after OVERLOAD_WAIT_MS in the queue', async () => {
    const { states, arrive, advance } = await overloaded();
    arrive(1);
    await advance(OVERLOAD_WAIT_MS / 2);
    expect(states.at(-1)).toBe('queued');
    await advance(OVERLOAD_WAIT_MS);
    expect(states.at(-1)).toBe('refused');
  });

  it('fewer requests are served at once, the newest first', async () => {
    const { states, arrive, leave, advance } = await overloaded();
    arrive(2);
    for (let left = MAX_CONCURRENT_REQUESTS; left > MIN_CONCURRENT_REQUESTS; left -= 1) leave();
    await advance(0);
    expect(states.slice(-2)).toEqual(['queued', 'queued']);
    leave();
    await advance(0);
    expect(states.slice(-2)).toEqual(['queued', 'served']);
  });

  it('recovery takes OVERLOAD_RECOVERY_MS without a queued request', async () => {
    const { arrive, leave, advance, count } = await overloaded();
    await advance(2 * OVERLOAD_RECOVERY_MS);
    for (let left = MAX_CONCURRENT_REQUESTS; left > 0; left -= 1) leave();
    const before = count('served');
    arrive(MAX_CONCURRENT_REQUESTS);
    expect(count('served') - before).toBe(MAX_CONCURRENT_REQUESTS);
  });
});

describe('a route with admission control', () => {
  /** A server at full capacity; calling an element of `releases` finishes a request. */
  async function fullServer() {
    const releases: (() => void)[] = [];
    let parsed = 0;
    const app = fastify();
    app.addHook('preValidation', async () => void (parsed += 1));
    const handler = () => new Promise<string>((resolve) => releases.push(() => resolve('done')));
    const guarded = withAdmission(
      admission({ log: silentLog() }),
      handler,
      ({ headers }) => PRIORITY_HEADER in headers,
    );
    app.route({ url: '/graphql', method: 'POST', ...guarded });
    app.get('/health', async () => 'ok');
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    closing.push(async () => {
      for (const release of releases) release();
      app.server.closeAllConnections();
      await app.close();
    });
    const post = (headers: Record<string, string> = {}, body = '{}') =>
      fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
        body,
      });
    const fill = (count = MAX_CONCURRENT_REQUESTS) =>
      Array.from({ length: count }, () => post().catch(() => {}));
    void Promise.all(fill());
    await expect.poll(() => releases.length).toBe(MAX_CONCURRENT_REQUESTS);
    return { port, releases, post, fill, parsed: () => parsed };
  }

  const REFUSAL = {
    errors: [
      {
        message: 'The service is temporarily unavailable.',
        extensions: { code: 'SERVICE_UNAVAILABLE', traceId: expect.stringMatching(/^[\da-f]{32}$/) },
      },
    ],
  };

  it('refuses with 503, Retry-After and a GraphQL error, while /health still answers', async () => {
    const { post, port } = await fullServer();
    const answer = await post();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual(REFUSAL);
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe('ok');
  });

  it('refuses under overload before it reads the body', async () => {
    const { post, parsed } = await fullServer();
    const timer = setInterval(() => void post().catch(() => {}), REQUEST_INTERVAL_MS);
    closing.push(() => clearInterval(timer));
    // Overload has begun once a malformed body goes unnoticed.
    await expect.poll(async () => (await post({}, '{"query":')).status, { timeout: 5_000 }).toBe(503);
    clearInterval(timer);
    const before = parsed();
    const answer = await post({}, '{"query":');
    expect(await answer.json()).toEqual(REFUSAL);
    expect(parsed()).toBe(before);
  });

  it('serves urgent requests beyond its capacity', async () => {
    const { post, releases } = await fullServer();
    const urgent = post({ [PRIORITY_HEADER]: 'internal' });
    await expect.poll(() => releases.length).toBe(MAX_CONCURRENT_REQUESTS + 1);
    releases.at(-1)!();
    expect((await urgent).status).toBe(200);
  });

  it('reserves no capacity for a body that is malformed or incomplete', async () => {
    const { post, releases, fill, port } = await fullServer();
    for (const release of releases.splice(0)) release();
    for (let count = 0; count < MAX_CONCURRENT_REQUESTS; count += 1)
      expect((await post({}, '{"query":')).status).toBe(400);
    for (let count = 0; count < MAX_CONCURRENT_REQUESTS; count += 1) {
      const headers = { 'content-type': 'application/json', 'content-length': '100' };
      const slow = send({ port, path: '/graphql', method: 'POST', headers }).on('error', () => {});
      await new Promise<void>((resolve) => slow.write('{', () => resolve()));
      closing.push(() => slow.destroy());
    }
    void Promise.all(fill());
    await expect.poll(() => releases.length).toBe(MAX_CONCURRENT_REQUESTS);
  });

  it('keeps capacity reserved until the work is done, even if the client has disconnected', async () => {
    const { releases, post, port } = await fullServer();
    releases.shift()!();
    const headers = { 'content-type': 'application/json', 'content-length': '2' };
    const left = send({ port, path: '/graphql', method: 'POST', headers }).on('error', () => {});
    left.on('response', (response: IncomingMessage) => response.resume());
    left.end('{}');
    await expect.poll(() => releases.length).toBe(MAX_CONCURRENT_REQUESTS);
    left.destroy();
    expect((await post()).status).toBe(503);
  });
});
