import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getEventListeners } from 'node:events';
import { Pool } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { sendPost } from './sendPost.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(answer: RequestListener, options: Pool.Options = {}) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  closing.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => pool.destroy(),
  );
  const call = new AbortController();
  const send = (body = 'sent') =>
    sendPost(pool, { path: '/a?b', headers: { 'x-own': '1' }, body }, call.signal);
  return { send, call, pool };
}

it('resolves to the whole answer, and leaves nothing on the signal', async () => {
  const { send, call } = await serve(async (request, response) => {
    const body = (await request.toArray()).join('');
    response.writeHead(418, { 'x-path': request.url, 'x-echo': request.headers['x-own'] as string });
    response.write(`${body} ä`);
    // The rest in another packet.
    setTimeout(() => response.end(' received'), 20);
  });
  const { statusCode, headers, body } = await send();
  expect([statusCode, headers['x-path'], headers['x-echo']]).toEqual([418, '/a?b', '1']);
  expect(body.toString()).toBe('sent ä received');
  expect(getEventListeners(call.signal, 'abort')).toEqual([]);
});

it.each([
  ['closes its connection', { code: 'UND_ERR_SOCKET' }, {}, 'x', 'y'],
  ['stops in the middle', { code: 'UND_ERR_BODY_TIMEOUT' }, { bodyTimeout: 100 }, 'x', undefined],
  ['says nothing', { code: 'UND_ERR_HEADERS_TIMEOUT' }, { headersTimeout: 100 }, undefined, undefined],
  [
    'answers with too much',
    { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' },
    { maxResponseSize: 1 },
    'xy',
    undefined,
  ],
])('rejects if the server %s', async (_name, error, options, part, last) => {
  const { send, call } = await serve((request, response) => {
    if (part) response.write(part);
    if (last) setTimeout(() => request.socket.destroy(), 20);
  }, options);
  await expect(send()).rejects.toMatchObject(error);
  expect(getEventListeners(call.signal, 'abort')).toEqual([]);
});

it('rejects with the reason when its signal aborts, and ends the request', async () => {
  let abandoned = 0;
  const { send, call } = await serve(
    (_request, response) => void response.on('close', () => (abandoned += 1)),
  );
  const answer = send();
  setTimeout(() => call.abort(new Error('no longer needed')), 50);
  await expect(answer).rejects.toThrow('no longer needed');
  await expect.poll(() => abandoned).toBe(1);
  await expect(send()).rejects.toThrow('no longer needed');
});

it('rejects at once, and sends nothing, where it still waits for a connection', async () => {
  const received: string[] = [];
  const { send, pool } = await serve(
    async (request) => void received.push((await request.toArray()).join('')),
    { connections: 1 },
  );
  const first = send('first');
  await expect.poll(() => received).toEqual(['first']);
  const call = new AbortController();
  const second = sendPost(pool, { path: '/', headers: {}, body: 'second' }, call.signal);
  call.abort(new Error('no longer needed'));
  await expect(second).rejects.toThrow('no longer needed');
  await Promise.all([
    expect(first).rejects.toThrow('other side closed'),
    pool.destroy(new Error('other side closed')),
  ]);
  expect(received).toEqual(['first']);
});
