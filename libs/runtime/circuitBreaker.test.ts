import { getEventListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PROBE_TIMEOUT_MS, SILENCE_MS } from '@libs/telemetry/silence';
import { circuitBreaker, CircuitOpenError } from './circuitBreaker.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** When a silent service opens the circuit. */
const OPENS_AFTER_MS = SILENCE_MS + PROBE_TIMEOUT_MS;
/** Delay allowed on a busy machine. */
const SLACK_MS = 2_000;
const LONG_MS = 20_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const answering: Handler = (_request, response) => response.end('{}');
const silent: Handler = () => {};
/** Answers probes at once and everything else after `ms`. */
const slow =
  (ms: number): Handler =>
  ({ url }, response) =>
    void (url === '/health' ? response.end('{}') : setTimeout(() => response.end('{}'), ms));

/** A service with a replaceable handler, and a breaker for it. */
async function service(handle: Handler) {
  const state = { handle, requests: 0 };
  const server = createServer((request, response) => {
    if (request.url !== '/health') state.requests += 1;
    state.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const breaker = circuitBreaker(url);
  closing.push(breaker.close, () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const call = async (
    timeoutMs = LONG_MS,
    isRepeatable = true,
  ): Promise<{ tookMs: number; result: string }> => {
    const startMs = performance.now();
    const send = async (signal: AbortSignal) => (await fetch(url, { method: 'POST', signal })).text();
    const result = await breaker.call(send, { timeoutMs, isRepeatable }).then(
      () => 'ok',
      (error: Error) => error.name,
    );
    return { tookMs: performance.now() - startMs, result };
  };
  return { state, breaker, call, url };
}

describe('a silent service', () => {
  it('opens the circuit after SILENCE_MS and PROBE_TIMEOUT_MS, and closes it with its next answer', async () => {
    const { state, call } = await service(silent);
    const calls = await Promise.all([call(), call()]);
    for (const { result, tookMs } of calls) {
      expect(result).toBe(CircuitOpenError.name);
      expect(tookMs).toBeLessThan(OPENS_AFTER_MS + SLACK_MS);
    }
    const { requests } = state;
    const next = await call();
    expect(next.result).toBe(CircuitOpenError.name);
    expect(next.tookMs).toBeLessThan(PROBE_TIMEOUT_MS);
    expect(state.requests).toBe(requests);
    state.handle = answering;
    await expect.poll(async () => (await call()).result, { timeout: 5_000 }).toBe('ok');
  });

  it('opens the circuit even if it answered a moment ago', async () => {
    const { state, call } = await service(answering);
    expect((await call()).result).toBe('ok');
    state.handle = silent;
    expect((await call()).result).toBe(CircuitOpenError.name);
  });

  it('counts the calls in flight as stalled', async () => {
    const { state, breaker, call } = await service(silent);
    const waiting = [call(), call(), call()];
    expect(breaker.stalled()).toBe(0);
    await expect.poll(breaker.stalled).toBe(3);
    await Promise.all(waiting);
    expect(breaker.stalled()).toBe(0);
    state.handle = answering;
  });
});

describe('a responsive service', () => {
  it('may take long for one operation, alone or beside others', async () => {
    const { call } = await service(slow(OPENS_AFTER_MS + 1_500));
    const long = call();
    await sleep(OPENS_AFTER_MS + 500);
    expect((await call(100)).result).toBe('TimeoutError');
    expect((await long).result).toBe('ok');
  });

  it('fails a call with a TimeoutError after its limit, without a retry', async () => {
    const { state, call } = await service(slow(LONG_MS));
    expect((await call(200)).result).toBe('TimeoutError');
    expect(state.requests).toBe(1);
  });

  it('that refuses connections fails calls with that error and leaves the circuit closed', async () => {
    const { breaker } = await service(answering);
    const refuse = async () => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    const options = { timeoutMs: LONG_MS, isRepeatable: true };
    for (let count = 0; count < 20; count += 1)
      await expect(breaker.call(refuse, options)).rejects.toThrow('refused');
  });
});

describe("a caller's signal", () => {
  it('aborts the call, and keeps nothing of calls that have ended', async () => {
    const { breaker } = await service(answering);
    const caller = new AbortController();
    const options = { timeoutMs: LONG_MS, isRepeatable: true, signal: caller.signal };
    expect(await breaker.call(async () => 'answer', options)).toBe('answer');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    const send = (signal: AbortSignal) => sleep(LONG_MS, undefined, { signal });
    const aborted = breaker.call(send, options);
    caller.abort();
    await expect(aborted).rejects.toThrow('aborted');
    await expect(breaker.call(send, options)).rejects.toThrow('aborted');
  });
});

describe('a failed connection', () => {
  const failing = (times: number, code: string) => {
    let sent = 0;
    return {
      sent: () => sent,
      send: async () => {
        sent += 1;
        if (sent <= times) throw Object.assign(new Error('closed'), { code });
        return 'answer';
      },
    };
  };

  it.each([
    ['is retried once', 1, 'UND_ERR_SOCKET', true, 'answer', 2],
    ['fails the call at the second attempt', 2, 'UND_ERR_SOCKET', true, 'closed', 2],
    ['is not retried if the call may have taken effect', 1, 'UND_ERR_SOCKET', false, 'closed', 1],
    [
      'that was refused is retried once, since the call was never sent',
      1,
      'ECONNREFUSED',
      false,
      'answer',
      2,
    ],
  ])('%s', async (_name, times, code, isRepeatable, outcome, sent) => {
    const { breaker } = await service(answering);
    const attempts = failing(times, code);
    const result = await breaker
      .call(attempts.send, { timeoutMs: LONG_MS, isRepeatable })
      .catch((error: Error) => error.message);
    expect(result).toBe(outcome);
    expect(attempts.sent()).toBe(sent);
  });
});
