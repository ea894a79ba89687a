import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MAX_CONCURRENT_REQUESTS } from '@libs/runtime/admission';
import { silentLog } from '@libs/telemetry/log';
import type { GatewayContext } from '../context.ts';
import { subgraphSource } from './dataSource.ts';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';

/** For hundreds of concurrent requests on a busy machine. */
const BUSY_TIMEOUT_MS = 30_000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function started(...args: Parameters<typeof smallFederation>): Promise<SmallFederation> {
  const federation = await smallFederation(...args);
  closing.push(federation.close);
  return federation;
}

describe('a subgraph that is down', () => {
  it('fails only its own fields, with an error at the path of each', async () => {
    const federation = await started();
    await federation.stopSubgraph('person');
    const { data, errors } = await federation.ask('{ room { name owner { id name } } person { id } }');
    expect(data).toEqual({
      room: { name: 'Room 0', owner: { id: expect.any(String), name: null } },
      person: null,
    });
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual([
      'SERVICE_UNAVAILABLE',
      'SERVICE_UNAVAILABLE',
    ]);
    expect(errors!.map(({ path }) => path)).toEqual(expect.arrayContaining([['person'], ['room', 'owner']]));
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|person subgraph|ECONN|serviceName/);
  });
});

const context: GatewayContext = {
  caller: { kind: 'anonymous' },
  passport: undefined,
  refusal: undefined,
  language: 'en',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  ip: '127.0.0.1',
  log: silentLog(),
  pause: async () => {},
};

async function server(
  onConnection: (socket: Socket, count: number) => void,
): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const tcp: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket, (count += 1));
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => tcp.close(resolve));
  });
  return { url: `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/graphql`, count: () => count };
}

const httpOf = (answer: object): string => {
  const body = JSON.stringify(answer);
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};
const http = httpOf({ data: { a: 1 } });

/** One fetch: its error codes, or its data. */
async function fetchOnce(url: string, query: string, timeoutMs?: number): Promise<unknown> {
  const source = subgraphSource('thing', { url, isForeign: false }, timeoutMs);
  closing.push(source.close);
  const answer = await source.process({ request: { query }, context } as unknown as Parameters<
    typeof source.process
  >[0]);
  return answer.errors?.map((error) => error.extensions?.['code']) ?? answer.data;
}

describe('a connection that breaks', () => {
  const breakFirst = (socket: Socket, count: number) => {
    socket.once('data', () => (count === 1 ? socket.destroy() : socket.write(http)));
  };

  it('is retried once for a query', async () => {
    const { url, count } = await server(breakFirst);
    expect(await fetchOnce(url, '{ a }')).toEqual({ a: 1 });
    expect(count()).toBe(2);
  });

  it('is never retried for a mutation, which may have happened', async () => {
    const { url, count } = await server(breakFirst);
    expect(await fetchOnce(url, 'mutation { a }')).toEqual(['SERVICE_UNAVAILABLE']);
    await sleep(50);
    expect(count()).toBe(1);
  });

  it('is closed before a stopping subgraph closes it, so that no mutation is sent on it meanwhile', async () => {
    let closed: Promise<unknown> | undefined;
    const { url } = await server((socket) => {
      closed = once(socket, 'close');
      socket.on('data', () => socket.write(http));
    });
    expect(await fetchOnce(url, 'mutation { a }')).toEqual({ a: 1 });
    // Else it stays open for as long as the subgraph lets it, and this test times out.
    await closed;
  });

  it('is given up after the second attempt', async () => {
    const { url, count } = await server((socket) => socket.destroy());
    expect(await fetchOnce(url, '{ a }')).toEqual(['SERVICE_UNAVAILABLE']);
    expect(count()).toBe(2);
  });
});

describe('a subgraph that hangs', () => {
  const TIMEOUT_MS = 200;

  it.each([
    ['before its response', () => {}],
    ['within its response body', (socket: Socket) => socket.write(http.slice(0, -3))],
  ])('%s is given up at the fetch timeout', async (_name, hang) => {
    const { url } = await server((socket) => socket.once('data', () => hang(socket)));
    const start = performance.now();
    expect(await fetchOnce(url, '{ a }', TIMEOUT_MS)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS * 10);
  });

  it('by sending its body byte by byte is given up too', async () => {
    const { url } = await server((socket) => {
      const head = 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n';
      socket.once('data', () => socket.write(head));
      const timer = setInterval(() => socket.write(' '), TIMEOUT_MS / 10);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await fetchOnce(url, '{ a }', TIMEOUT_MS)).toEqual(['SERVICE_UNAVAILABLE']);
  });

  it('behind a proxy that answers with an HTML page is unavailable', async () => {
    const page = 'HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>';
    const { url } = await server((socket) => socket.once('data', () => socket.write(page)));
    expect(await fetchOnce(url, '{ a }')).toEqual(['SERVICE_UNAVAILABLE']);
  });
});

describe('UNAUTHENTICATED', () => {
  const errors = [{ message: 'Sign in to do this.', extensions: { code: 'UNAUTHENTICATED' } }];
  const answering = async (answer: object) => {
    const { url } = await server((socket) => socket.on('data', () => socket.write(httpOf(answer))));
    return fetchOnce(url, '{ a }');
  };

  it('before execution is about the gateway’s passport, and does not sign the client out', async () => {
    expect(await answering({ errors })).toEqual(['SERVICE_UNAVAILABLE']);
  });

  it('of a field is about the caller', async () => {
    expect(await answering({ data: null, errors })).toEqual(['UNAUTHENTICATED']);
  });
});

it('variables too deep for JSON.stringify fail the fetch, not the process', async () => {
  const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as unknown;
  const source = subgraphSource('thing', { url: 'http://127.0.0.1:9/graphql', isForeign: false });
  closing.push(() => source.close());
  const request = { query: 'query ($a: JSON) { a(a: $a) }', variables: { a: deep } };
  const answer = await source.process({ request, context } as unknown as Parameters<
    typeof source.process
  >[0]);
  expect(answer.errors!.map(({ extensions }) => extensions?.['code'])).toEqual(['SERVICE_UNAVAILABLE']);
});

describe('a subgraph that is overloaded', () => {
  it('fails the fields of the fetch that it refuses, and is asked again by the next', async () => {
    const refusal = '{"errors":[{"message":"no","extensions":{"code":"SERVICE_UNAVAILABLE","traceId":"x"}}]}';
    const head = `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${refusal.length}`;
    let requests = 0;
    const { url } = await server((socket) =>
      socket.on('data', () => {
        requests += 1;
        socket.write(`${head}\r\n\r\n${refusal}`);
      }),
    );
    const source = subgraphSource('thing', { url, isForeign: false });
    closing.push(source.close);
    const process = (query: string) =>
      source.process({ request: { query }, context } as unknown as Parameters<typeof source.process>[0]);
    const { errors } = await process('{ first: a b }');
    expect(errors!.map(({ path, extensions }) => [path, extensions?.['code']])).toEqual([
      [['first'], 'SERVICE_UNAVAILABLE'],
      [['b'], 'SERVICE_UNAVAILABLE'],
    ]);
    // Overload is not retried.
    expect(requests).toBe(1);
    await process('{ a }');
    expect(requests).toBe(2);
  });
});

describe('a gateway', { timeout: BUSY_TIMEOUT_MS }, () => {
  it('stays ready while a subgraph is down, and names it', async () => {
    const federation = await started();
    const ready = async () => {
      const answer = await fetch(`${federation.gateway.url}/ready`);
      return [answer.status, await answer.json()];
    };
    const body = { status: 'ready', service: 'gateway', timestamp: expect.any(String) };
    expect(await ready()).toEqual([200, { ...body, checks: {} }]);
    await federation.stopSubgraph('person');
    await expect.poll(ready, { timeout: 5_000 }).toEqual([200, { ...body, checks: { person: false } }]);
  });

  it('serves the fields of one subgraph while many requests are waiting for another', async () => {
    const federation = await started();
    const waiting = Array.from({ length: 2 * MAX_CONCURRENT_REQUESTS }, () =>
      federation.ask('{ wait }').catch(() => {}),
    );
    await expect
      .poll(async () => (await federation.ask('{ person { id } }')).data, { timeout: BUSY_TIMEOUT_MS / 2 })
      .toEqual({ person: { id: expect.any(String) } });
    // Requests without a connection arrive only after others are released.
    const releasing = setInterval(() => federation.state.release(), 20);
    closing.push(async () => clearInterval(releasing));
    await Promise.all(waiting);
  });
});

describe('a gateway that is overloaded', { timeout: BUSY_TIMEOUT_MS }, () => {
  /** A gateway whose capacity is taken by requests that wait in it, not for a subgraph. */
  async function overloaded(): Promise<SmallFederation> {
    const releases: (() => void)[] = [];
    const consume = () => new Promise<number>((resolve) => releases.push(() => resolve(0)));
    const federation = await started({ signIns: { consume } });
    const waiting = Array.from({ length: MAX_CONCURRENT_REQUESTS }, () =>
      federation.ask('mutation { signIn(password: "a") }').catch(() => {}),
    );
    closing.push(async () => {
      for (const release of releases) release();
      await Promise.all(waiting);
    });
    await expect.poll(() => releases.length, { timeout: BUSY_TIMEOUT_MS / 2 }).toBe(MAX_CONCURRENT_REQUESTS);
    return federation;
  }

  it('refuses requests that waited in vain with 503 and Retry-After, and stays ready', async () => {
    const federation = await overloaded();
    const painted = federation.state.painted;
    const { status, headers, data, errors } = await federation.ask('mutation { paint }');
    expect([status, headers.get('retry-after'), data]).toEqual([503, '1', undefined]);
    expect(headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(federation.state.painted).toBe(painted);
    for (const path of ['/health', '/ready'])
      expect((await fetch(`${federation.gateway.url}${path}`)).status).toBe(200);
  });

  it('keeps serving subscribers', async () => {
    const federation = await overloaded();
    const client = createClient({ url: federation.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    closing.push(async () => void client.dispose());
    const events = client.iterate({ query: 'subscription { painted(after: 0) { number by { name } } }' });
    federation.state.painted = 1;
    expect((await events.next()).value).toEqual({
      data: { painted: { number: 1, by: { name: 'Person 1' } } },
    });
  });
});

describe('stopping', () => {
  it('finishes running requests and accepts no new ones', async () => {
    const federation = await smallFederation();
    const waiting = federation.ask('{ wait }');
    await expect.poll(() => federation.state.release.toString()).toContain('resolve');
    const stopped = federation.gateway.stop();
    await sleep(50);
    federation.state.release();
    expect((await waiting).data).toEqual({ wait: 'done' });
    await stopped;
    await expect(federation.ask('{ room { id } }')).rejects.toThrow('fetch failed');
    await federation.stopSubgraph('room');
    await federation.stopSubgraph('person');
  });
});
