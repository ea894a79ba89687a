import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@libs/outcome/apiErrors';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { silentLog } from '@libs/telemetry/log';
import { fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import type { GatewayContext } from '../context.ts';
import { serveExports, type ExportDeps } from './serveExports.ts';

const TENANT = '018f0000-0000-7000-8000-000000000000';
const STALL_MS = 300;
type Rows = (name: SubgraphName, signal: AbortSignal) => Promise<Readable>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const tenantOf = (token: string): string | null =>
  token.startsWith('right') ? `${TENANT.slice(0, -1)}${token.slice('right'.length) || 0}` : null;

/** A gateway with the route alone, whose subgraphs answer as `rows` says. The tenants' tokens are 'right', 'right1', 'right2', …. */
async function start(
  rows: Rows,
  signIns: ExportDeps['signIns'] = { consume: async () => 0 },
): Promise<string> {
  const app = fastify({ forceCloseConnections: 'idle' });
  const subgraphClient: ExportDeps['subgraphClient'] = (name) => ({
    query: async <T>(_query: string, { token }: Record<string, unknown>) =>
      ({ internalOpenExport: tenantOf(String(token)) }) as T,
    tenantRows: (_tenantId, signal) => rows(name, signal),
  });
  const context = { ip: '127.0.0.1', caller: { kind: 'anonymous' }, language: 'en', log: silentLog() };
  serveExports(app, { subgraphClient, signIns, stallMs: STALL_MS }, async () => context as GatewayContext);
  closing.push(() => app.close());
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/exports`;
}
const post = (url: string, token = 'right') =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ token }) });
const shortRows: Rows = async (name) => Readable.from([`{"database":"${name}"}\n`]);
const codeOf = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
];

/** Far more than what sockets buffer. */
const PIECE = `${'x'.repeat(65_535)}\n`;
function endlessRows() {
  let pieces = 0;
  const signals: AbortSignal[] = [];
  const rows: Rows = async (_name, signal) => {
    signals.push(signal);
    async function* all() {
      for (;;) {
        pieces += 1;
        await nextTurn();
        yield PIECE;
      }
    }
    return Readable.from(all());
  };
  return { rows, signals, pieces: () => pieces };
}
async function connectAndAsk(url: string, token = 'right'): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const body = `token=${token}`;
  socket.write(
    `POST /exports HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

test('a form or JSON with the token answers what all subgraphs have, and says that it is all', async () => {
  const url = await start(shortRows);
  for (const answer of [
    await post(url),
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'right' }),
    }),
  ]) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${TENANT}.jsonl"`);
    const lines = (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      ...SUBGRAPHS.map((database) => ({ database })),
      { isComplete: true, tenantId: TENANT, exportedAt: expect.any(String) },
    ]);
  }
});

test('a wrong token, none, one too long and too many attempts are refused with their codes', async () => {
  const url = await start(shortRows);
  expect(await codeOf(await post(url, 'wrong'))).toEqual([401, 'UNAUTHENTICATED']);
  expect(await codeOf(await post(url, ''))).toEqual([400, 'BAD_USER_INPUT']);
  expect((await post(url, 'x'.repeat(10_000))).status).toBe(413);
  const limited = await post(await start(shortRows, { consume: async () => 7 }));
  expect(limited.headers.get('retry-after')).toBe('7');
  expect(await codeOf(limited)).toEqual([429, 'RATE_LIMITED']);
});

test('a subgraph that fails at first is SERVICE_UNAVAILABLE, one that fails later breaks the answer off', async () => {
  const failing =
    (bad: SubgraphName): Rows =>
    async (name, signal) => {
      if (name === bad) throw unavailable();
      return shortRows(name, signal);
    };
  expect(await codeOf(await post(await start(failing(SUBGRAPHS[0]!))))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  const broken = await post(await start(failing(SUBGRAPHS.at(-1)!)));
  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow();
});

test('a client that does not read is cut, what was read for it ends, and no more was read than buffers hold', async () => {
  const endless = endlessRows();
  const url = await start(endless.rows);
  const socket = await connectAndAsk(url);
  socket.pause();
  await expect.poll(() => endless.signals[0]?.aborted, { timeout: 10_000 }).toBe(true);
  // 64 MB: sockets of the loopback hold a few.
  expect(endless.pieces()).toBeLessThan(1_000);
  socket.destroy();
});

test('a process that stops does not wait for a client', async () => {
  const endless = endlessRows();
  const url = await start(endless.rows);
  const socket = await connectAndAsk(url);
  socket.resume();
  await expect.poll(() => endless.signals.length).toBe(1);
  await closing.pop()!();
  await expect.poll(() => endless.signals[0]!.aborted).toBe(true);
});

test('what is read for a client that goes away ends, and a fifth client at once is refused', async () => {
  const endless = endlessRows();
  const url = await start(endless.rows);
  const sockets = [];
  for (let index = 0; index < 4; index += 1) {
    const socket = await connectAndAsk(url, `right${index}`);
    socket.resume();
    sockets.push(socket);
  }
  await expect.poll(() => endless.signals.length).toBe(4);
  expect(await codeOf(await post(url, 'right9'))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => endless.signals.every(({ aborted }) => aborted)).toBe(true);
  const again = await post(url);
  expect(again.status).toBe(200);
  await again.body!.cancel();
});

test('a tenant has two downloads at a time, and the others go on', async () => {
  const endless = endlessRows();
  const url = await start(endless.rows);
  const sockets = [await connectAndAsk(url), await connectAndAsk(url)];
  for (const socket of sockets) socket.resume();
  await expect.poll(() => endless.signals.length).toBe(2);
  expect(await codeOf(await post(url))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  const other = await post(url, 'right1');
  expect(other.status).toBe(200);
  await other.body!.cancel();
  for (const socket of sockets) socket.destroy();
});

test('a client that goes away before its token is read gives its place back', async () => {
  let opened = 0;
  const signIns: ExportDeps['signIns'] = {
    async consume() {
      opened += 1;
      await sleep(100);
      return 0;
    },
  };
  const url = await start(shortRows, signIns);
  for (let index = 0; index < 4; index += 1) {
    const socket = await connectAndAsk(url, `right${index}`);
    await expect.poll(() => opened).toBe(index + 1);
    socket.destroy();
  }
  await sleep(200);
  expect((await post(url)).status).toBe(200);
});
