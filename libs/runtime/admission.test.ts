import { request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@libs/telemetry/log';
import { fastify } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  admission,
  OVERLOAD_RECOVERY_MS,
  withAdmission,
  MAX_BURST_MS,
  MAX_CONCURRENT_REQUESTS,
  MAX_QUEUE_WAIT_MS,
  MAX_QUEUED_REQUESTS,
  MIN_CONCURRENT_REQUESTS,
  OVERLOAD_WAIT_MS,
  PRIORITY_HEADER,
} from './admission.ts';

/** Often enough for a queue never to be empty, in milliseconds. */
const SOON_MS = 10;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An admission on a clock that is moved by hand, and what became of each who came. */
function queue(stalled?: () => number) {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  const { enter, leave: leaveAfter } = admission({ log: silentLog(), ...(stalled ? { stalled } : {}) });
  const leave = () => leaveAfter(1);
  const came: ('waits' | 'in' | 'refused')[] = [];
  const come = (count: number) => {
    for (let one = 0; one < count; one += 1) {
      const number = came.push('waits') - 1;
      const entered = enter();
      if (entered === true) came[number] = 'in';
      else void entered.then((isIn) => (came[number] = isIn ? 'in' : 'refused'));
    }
  };
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const count = (what: (typeof came)[number]) => came.filter((one) => one === what).length;
  return { came, come, leave, pass, count };
}

describe('who comes', () => {
  it('is served while there is room, then waits for it', async () => {
    const { come, leave, pass, count } = queue();
    come(MAX_CONCURRENT_REQUESTS + 2);
    expect([count('in'), count('waits')]).toEqual([MAX_CONCURRENT_REQUESTS, 2]);
    leave();
    await pass(0);
    expect(count('waits')).toBe(1);
  });

  it('in a burst is served in turn, and refused after MAX_WAIT_MS at most', async () => {
    const { came, come, leave, pass } = queue();
    come(MAX_CONCURRENT_REQUESTS + 2);
    leave();
    await pass(0);
    expect(came.slice(-2)).toEqual(['in', 'waits']);
    await pass(MAX_QUEUE_WAIT_MS + 50);
    expect(came.at(-1)).toBe('refused');
  });

  it('after MAX_WAITING others is refused at once', async () => {
    const { come, pass, count } = queue();
    come(MAX_CONCURRENT_REQUESTS + MAX_QUEUED_REQUESTS + 5);
    await pass(0);
    expect(count('refused')).toBe(5);
  });

  it('is served where those who are in only wait for a service that does not answer', async () => {
    const { come, count } = queue(() => MAX_CONCURRENT_REQUESTS);
    come(2 * MAX_CONCURRENT_REQUESTS);
    expect(count('in')).toBe(2 * MAX_CONCURRENT_REQUESTS);
  });
});

describe('under overload', () => {
  /** One queue that has stood for longer than a burst. */
  async function overloaded() {
    const one = queue();
    one.come(MAX_CONCURRENT_REQUESTS + 1);
    for (let ms = 0; ms <= MAX_BURST_MS; ms += OVERLOAD_WAIT_MS / 2) {
      one.come(1);
      await one.pass(OVERLOAD_WAIT_MS / 2);
    }
    await one.pass(OVERLOAD_WAIT_MS);
    return one;
  }

  it('nobody waits for longer than OVERLOAD_WAIT_MS', async () => {
    const { came, come, pass } = await overloaded();
    come(1);
    await pass(OVERLOAD_WAIT_MS / 2);
    expect(came.at(-1)).toBe('waits');
    await pass(OVERLOAD_WAIT_MS);
    expect(came.at(-1)).toBe('refused');
  });

  it('fewer are served at once, the newest first', async () => {
    const { came, come, leave, pass } = await overloaded();
    come(2);
    for (let left = MAX_CONCURRENT_REQUESTS; left > MIN_CONCURRENT_REQUESTS; left -= 1) leave();
    await pass(0);
    expect(came.slice(-2)).toEqual(['waits', 'waits']);
    leave();
    await pass(0);
    expect(came.slice(-2)).toEqual(['waits', 'in']);
  });

  it('ends when nobody has had to wait for CALM_MS', async () => {
    const { come, leave, pass, count } = await overloaded();
    await pass(2 * OVERLOAD_RECOVERY_MS);
    for (let left = MAX_CONCURRENT_REQUESTS; left > 0; left -= 1) leave();
    const before = count('in');
    come(MAX_CONCURRENT_REQUESTS);
    expect(count('in') - before).toBe(MAX_CONCURRENT_REQUESTS);
  });
});

describe('a door', () => {
  /** A server whose requests wait to be let go, and that is full. */
  async function full() {
    const locked: (() => void)[] = [];
    let parsed = 0;
    const app = fastify();
    app.addHook('preValidation', async () => void (parsed += 1));
    const handler = () => new Promise<string>((resolve) => locked.push(() => resolve('done')));
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
      for (const release of locked) release();
      app.server.closeAllConnections();
      await app.close();
    });
    const ask = (headers: Record<string, string> = {}, body = '{}') =>
      fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
        body,
      });
    const fill = (count = MAX_CONCURRENT_REQUESTS) =>
      Array.from({ length: count }, () => ask().catch(() => {}));
    void Promise.all(fill());
    await expect.poll(() => locked.length).toBe(MAX_CONCURRENT_REQUESTS);
    return { port, held: locked, ask, fill, parsed: () => parsed };
  }

  const REFUSAL = {
    errors: [
      {
        message: 'The service is temporarily unavailable.',
        extensions: { code: 'SERVICE_UNAVAILABLE', traceId: expect.stringMatching(/^[\da-f]{32}$/) },
      },
    ],
  };

  it('refuses with 503, Retry-After and the error that GraphQL clients read; /health is answered', async () => {
    const { ask, port } = await full();
    const answer = await ask();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual(REFUSAL);
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe('ok');
  });

  it('refuses under overload before the body is read', async () => {
    const { ask, parsed } = await full();
    const asking = setInterval(() => void ask().catch(() => {}), SOON_MS);
    closing.push(() => clearInterval(asking));
    // A malformed body is not found out any more.
    await expect.poll(async () => (await ask({}, '{"query":')).status, { timeout: 5_000 }).toBe(503);
    clearInterval(asking);
    const before = parsed();
    const answer = await ask({}, '{"query":');
    expect(await answer.json()).toEqual(REFUSAL);
    expect(parsed()).toBe(before);
  });

  it('lets those by who must not be refused', async () => {
    const { ask, held: locked } = await full();
    const urgent = ask({ [PRIORITY_HEADER]: 'internal' });
    await expect.poll(() => locked.length).toBe(MAX_CONCURRENT_REQUESTS + 1);
    locked.at(-1)!();
    expect((await urgent).status).toBe(200);
  });

  it('gives no place to a body that is malformed, or is not there yet', async () => {
    const { ask, held: locked, fill, port } = await full();
    for (const release of locked.splice(0)) release();
    for (let count = 0; count < MAX_CONCURRENT_REQUESTS; count += 1)
      expect((await ask({}, '{"query":')).status).toBe(400);
    for (let count = 0; count < MAX_CONCURRENT_REQUESTS; count += 1) {
      const headers = { 'content-type': 'application/json', 'content-length': '100' };
      const slow = send({ port, path: '/graphql', method: 'POST', headers }).on('error', () => {});
      await new Promise<void>((resolve) => slow.write('{', () => resolve()));
      closing.push(() => slow.destroy());
    }
    void Promise.all(fill());
    await expect.poll(() => locked.length).toBe(MAX_CONCURRENT_REQUESTS);
  });

  it('holds a place until the work is done, also where the client has left', async () => {
    const { held: locked, ask, port } = await full();
    locked.shift()!();
    const headers = { 'content-type': 'application/json', 'content-length': '2' };
    const left = send({ port, path: '/graphql', method: 'POST', headers }).on('error', () => {});
    left.on('response', (response: IncomingMessage) => response.resume());
    left.end('{}');
    await expect.poll(() => locked.length).toBe(MAX_CONCURRENT_REQUESTS);
    left.destroy();
    expect((await ask()).status).toBe(503);
  });
});
