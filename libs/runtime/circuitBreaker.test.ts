import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { circuitBreaker, CircuitOpenError, PROBE_TIMEOUT_MS, SILENCE_MS } from './circuitBreaker.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** When a service that says nothing is given up, in milliseconds; and how much later that may be noticed on a busy machine. */
const GIVEN_UP_MS = SILENCE_MS + PROBE_TIMEOUT_MS;
const SLACK_MS = 2_000;
const LONG_MS = 20_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const answering: Handler = (_request, response) => response.end('{}');
const silent: Handler = () => {};
/** Says that it lives; what it is asked for otherwise takes its time. */
const slow =
  (ms: number): Handler =>
  ({ url }, response) =>
    void (url === '/health' ? response.end('{}') : setTimeout(() => response.end('{}'), ms));

/** A service that does what it is told, and a breaker for it. */
async function service(first: Handler) {
  const state = { handle: first, requested: 0 };
  const server = createServer((request, response) => {
    if (request.url !== '/health') state.requested += 1;
    state.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const breaker = circuitBreaker(url);
  closing.push(breaker.close, () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const call = async (timeoutMs = LONG_MS, isRepeatable = true): Promise<{ tookMs: number; why: string }> => {
    const began = performance.now();
    const send = async (signal: AbortSignal) => (await fetch(url, { method: 'POST', signal })).text();
    const why = await breaker.call(send, { timeoutMs, isRepeatable }).then(
      () => 'ok',
      (error: Error) => error.name,
    );
    return { tookMs: performance.now() - began, why };
  };
  return { state, breaker, call, url };
}

describe('a service that answers nothing', () => {
  it('is given up within SILENCE_MS and PROBE_TIMEOUT_MS, then refused at once until it answers again', async () => {
    const { state, call } = await service(silent);
    const all = await Promise.all([call(), call()]);
    for (const { why, tookMs } of all) {
      expect(why).toBe(CircuitOpenError.name);
      expect(tookMs).toBeLessThan(GIVEN_UP_MS + SLACK_MS);
    }
    const { requested } = state;
    const next = await call();
    expect(next.why).toBe(CircuitOpenError.name);
    expect(next.tookMs).toBeLessThan(PROBE_TIMEOUT_MS);
    expect(state.requested).toBe(requested);
    state.handle = answering;
    await expect.poll(async () => (await call()).why, { timeout: 5_000 }).toBe('ok');
  });

  it('is found out while it answered a moment ago', async () => {
    const { state, call } = await service(answering);
    expect((await call()).why).toBe('ok');
    state.handle = silent;
    expect((await call()).why).toBe(CircuitOpenError.name);
  });

  it('has its callers counted as stuck', async () => {
    const { state, breaker, call } = await service(silent);
    const waiting = [call(), call(), call()];
    expect(breaker.stalled()).toBe(0);
    await expect.poll(breaker.stalled).toBe(3);
    await Promise.all(waiting);
    expect(breaker.stalled()).toBe(0);
    state.handle = answering;
  });
});

describe('a service that answers anything', () => {
  it('may take long for an operation, one alone or beside others', async () => {
    const { call } = await service(slow(GIVEN_UP_MS + 1_500));
    const long = call();
    await sleep(GIVEN_UP_MS + 500);
    expect((await call(100)).why).toBe('TimeoutError');
    expect((await long).why).toBe('ok');
  });

  it('may take no longer than the call allows, and is not asked again then', async () => {
    const { state, call } = await service(slow(LONG_MS));
    expect((await call(200)).why).toBe('TimeoutError');
    expect(state.requested).toBe(1);
  });

  it('that refuses connections fails at once, and is not waited for', async () => {
    const { breaker } = await service(answering);
    const refuse = async () => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    const options = { timeoutMs: LONG_MS, isRepeatable: true };
    for (let count = 0; count < 20; count += 1)
      await expect(breaker.call(refuse, options)).rejects.toThrow('refused');
  });
});

describe('a connection that failed', () => {
  const failing = (times: number) => {
    let sent = 0;
    return {
      sent: () => sent,
      send: async () => {
        sent += 1;
        if (sent <= times) throw Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' });
        return 'answer';
      },
    };
  };

  it.each([
    ['is tried once more', 1, true, 'answer', 2],
    ['is given up the second time', 2, true, 'closed', 2],
    ['is not tried again where the call may have had its effect', 1, false, 'closed', 1],
  ])('%s', async (_name, times, isRepeatable, outcome, sent) => {
    const { breaker } = await service(answering);
    const one = failing(times);
    const result = await breaker
      .call(one.send, { timeoutMs: LONG_MS, isRepeatable })
      .catch((error: Error) => error.message);
    expect(result).toBe(outcome);
    expect(one.sent()).toBe(sent);
  });
});
