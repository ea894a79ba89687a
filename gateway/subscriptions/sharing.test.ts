/** Clients that share executions: which ones do, and that none misses an event or receives it twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';
import { MAX_BUFFERED_MESSAGES } from './upstream.ts';
import { QUARANTINE_MS } from './sharedExecutions.ts';

/** How long an event may take to come, in milliseconds. */
const ARRIVAL_MS = 5_000;
const QUERY = 'subscription ($after: Int) { painted(after: $after) { number by { name } } }';

type Message = {
  data?: { painted: { number: number; by: unknown } } | null;
  errors?: readonly { path?: unknown[]; extensions: { code: string } }[];
};

let federation: SmallFederation;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  federation = await smallFederation({ maxConnectionsPerUser: 8 });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await federation.close();
});

function connect(): { client: Client; closed: Promise<number>; socket: () => WebSocket } {
  let socket: WebSocket;
  let resolveClosed: (code: number) => void;
  const closed = new Promise<number>((resolve) => (resolveClosed = resolve));
  const client = createClient({
    url: federation.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      closed: (event) => resolveClosed((event as { code: number }).code),
    },
  });
  closing.push(() => client.dispose());
  return { client, closed, socket: () => socket };
}

function listen(variables: Record<string, unknown> = {}, query = QUERY) {
  const messages: Message[] = [];
  const connection = connect();
  const leave = connection.client.subscribe<Message['data']>(
    { query, variables },
    { next: (message) => void messages.push(message as Message), error: () => {}, complete: () => {} },
  );
  return { ...connection, messages, leave, numbers: () => messages.map(({ data }) => data!.painted.number) };
}

const paint = () => federation.ask('mutation { paint }');
/** Paints `count` at once. */
const burst = (count: number) => {
  federation.state.painted += count - 1;
  return paint();
};
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);
const received = (listening: ReturnType<typeof listen>, numbers: number[]) =>
  expect.poll(listening.numbers, { timeout: ARRIVAL_MS }).toEqual(numbers);
const listening = (count: number) => expect.poll(federation.listening, { timeout: ARRIVAL_MS }).toBe(count);

describe('a client that resumes', () => {
  it('joins a live execution that can replay from its cursor, without a new upstream operation', async () => {
    const live = listen();
    await listening(1);
    await paint();
    await received(live, [1]);
    await sleep(QUARANTINE_MS);
    await burst(3);
    await received(live, [1, 2, 3, 4]);
    const back = listen({ after: 2 });
    await received(back, [3, 4]);
    await paint();
    await received(back, [3, 4, 5]);
    await received(live, [1, 2, 3, 4, 5]);
    expect(federation.state.subscribed).toBe(1);
  });

  it('does not join an execution in quarantine, which may have skipped events', async () => {
    const live = listen();
    await listening(1);
    await burst(2);
    await received(live, [1, 2]);
    const back = listen({ after: 1 });
    await received(back, [2]);
    expect(federation.state.subscribed).toBe(2);
  });

  it('shares one operation with all clients that resume from the same cursor', async () => {
    await burst(5);
    const first = listen({ after: 2 });
    await received(first, [3, 4, 5]);
    const others = upTo(4).map(() => listen({ after: 2 }));
    for (const other of others) await received(other, [3, 4, 5]);
    await paint();
    for (const one of [first, ...others]) await received(one, [3, 4, 5, 6]);
    expect(federation.state.subscribed).toBe(1);
  });

  it('merges from its own operation into a live one once both have sent the same event', async () => {
    await burst(2);
    const live = listen();
    await listening(1);
    await paint();
    await received(live, [3]);
    await sleep(QUARANTINE_MS);
    const back = listen({ after: 0 });
    await received(back, [1, 2, 3]);
    await listening(2);
    await paint();
    await listening(1);
    await burst(3);
    await received(back, [1, 2, 3, 4, 5, 6, 7]);
    await received(live, [3, 4, 5, 6, 7]);
    back.leave();
    await paint();
    await received(live, [3, 4, 5, 6, 7, 8]);
  });

  it('merges with a client that starts later, which does not receive earlier events', async () => {
    await burst(2);
    const back = listen({ after: 0 });
    await received(back, [1, 2]);
    const live = listen();
    await expect.poll(() => federation.state.subscribed, { timeout: ARRIVAL_MS }).toBe(2);
    await paint();
    await received(back, [1, 2, 3]);
    await received(live, [3]);
    await sleep(QUARANTINE_MS);
    await paint();
    await listening(1);
    await received(back, [1, 2, 3, 4]);
    await received(live, [3, 4]);
  });
});

describe('a burst', () => {
  it('is completed in batches: one request to each subgraph for many events', async () => {
    const one = listen();
    await listening(1);
    const before = federation.entityCalls.length;
    await burst(60);
    await received(one, upTo(60));
    expect(federation.entityCalls.length - before).toBeLessThanOrEqual(6);
    expect(one.messages.map(({ data }) => data!.painted.by)).toEqual(
      upTo(60).map((number) => ({ name: `Person ${number % 2}` })),
    );
  });

  it('gives each event only its own errors', async () => {
    const one = listen({}, 'subscription { painted { number by { secret } } }');
    await listening(1);
    await burst(7);
    await received(one, upTo(7));
    for (const { errors } of one.messages) {
      expect(errors!.map(({ path, extensions }) => [path, extensions.code])).toEqual([
        [['painted', 'by', 'secret'], 'FORBIDDEN'],
      ]);
    }
  });

  it('of more than MAX_BUFFERED_MESSAGES is delivered whole and in order', async () => {
    const last = MAX_BUFFERED_MESSAGES * 4;
    const one = listen();
    await listening(1);
    await burst(last);
    await received(one, upTo(last));
  });
});

describe('a client', () => {
  it('that does not read is disconnected, and others receive everything', async () => {
    // Answers of about 12 KB soon fill the kernel's buffers.
    const wide = upTo(12).map((number) => `${'long'.repeat(250)}${number}: number`);
    const query = `subscription { painted { number ${wide.join(' ')} } }`;
    const fast = listen({}, query);
    const slow = listen({}, query);
    await listening(1);
    await burst(2);
    await received(slow, [1, 2]);
    slow.socket().pause();
    for (let last = 400; last <= 2_000; last += 400) {
      federation.state.painted = last - 1;
      await paint();
      await expect.poll(() => fast.numbers().at(-1), { timeout: 2 * ARRIVAL_MS }).toBe(last);
    }
    expect(fast.numbers()).toEqual(upTo(2_000));
    slow.socket().resume();
    expect(await slow.closed).toBe(1006);
    expect(slow.messages.length).toBeLessThan(2_000);
  }, 30_000);

  it('may open connections up to the limit, and then gets 4429', async () => {
    const connections = upTo(8).map(() => listen());
    await listening(1);
    await paint();
    for (const one of connections) await received(one, [1]);
    expect(await listen().closed).toBe(4429);
    await connections[0]!.client.dispose();
    await connections[0]!.closed;
    const next = listen();
    await expect
      .poll(
        async () => {
          await paint();
          return next.messages.length;
        },
        { timeout: ARRIVAL_MS },
      )
      .toBeGreaterThan(0);
  });
});

it('a subscription field of another subgraph works too, with fields of both', async () => {
  const messages: unknown[] = [];
  connect().client.subscribe(
    { query: 'subscription { hired { person { name } room { name } } }' },
    { next: ({ data }) => void messages.push(data), error: () => {}, complete: () => {} },
  );
  await expect.poll(federation.hire, { timeout: ARRIVAL_MS }).toBe(1);
  await expect
    .poll(() => messages, { timeout: ARRIVAL_MS })
    .toEqual([{ hired: { person: { name: 'Person 1' }, room: { name: 'Room 3' } } }]);
});
