/** What hostile and broken peers send, and how they disconnect. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The peer waits for a response between parts. */
export type Attack = { name: string; parts: (string | Buffer)[] };

/** How a peer disconnects; 'stay' waits for the server to close. */
export const LEAVE_MODES = ['reset at once', 'reset after an answer', 'half close', 'stay'] as const;
export type LeaveMode = (typeof LEAVE_MODES)[number];

const RESPONSE_TIMEOUT_MS = 100;
const STAY_MS = 1_000;
const CONCURRENT_PEERS = 50;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const UPGRADE = { host: 'x', connection: 'Upgrade', upgrade: 'websocket' };
const WEBSOCKET = { 'sec-websocket-version': '13', 'sec-websocket-key': KEY };
const GRAPHQL = { 'sec-websocket-protocol': 'graphql-transport-ws' };

function request(target: string, headers: Record<string, string>, method = 'GET'): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

const upgrade = (headers: Record<string, string> = {}, target = '/graphql', method = 'GET') =>
  request(target, { ...UPGRADE, ...WEBSOCKET, ...GRAPHQL, ...headers }, method);

/** A WebSocket frame (RFC 6455 §5.2); `length` is the payload length that it claims. */
function frame(first: number, payload: string | Buffer = '', { isMasked = true, length = -1 } = {}): Buffer {
  const data = Buffer.from(payload);
  const claimed = length < 0 ? data.length : length;
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = (isMasked ? 0x80 : 0) | 127;
  head.writeBigUInt64BE(BigInt(claimed), 2);
  if (!isMasked) return Buffer.concat([head, data]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, data.map((byte, index) => byte ^ mask[index % 4]!)]);
}

const TEXT = 0x81;
const text = (message: unknown) =>
  frame(TEXT, typeof message === 'string' ? message : JSON.stringify(message));
const INIT = text({ type: 'connection_init' });
const subscribe = (query: unknown, id: unknown = '1', more: object = {}) =>
  text({ type: 'subscribe', id, payload: { query, ...more } });

const TARGETS = [
  ...['//', '///', '//evil.example/graphql', '//[/', '/other', '/', '/graphql/', '/graphql/../x', '/%00'],
  ...[
    '/graphql%',
    '/graphql?%',
    'http://[::1',
    'http://x:99999/',
    'http://x/graphql',
    '*',
    'graphql',
    '\\\\',
  ],
  `/${'a'.repeat(5_000)}`,
];

const HEADERS: Record<string, Record<string, string>> = {
  'no key': { 'sec-websocket-key': '' },
  'a bad key': { 'sec-websocket-key': 'abc' },
  'no version': { 'sec-websocket-version': '' },
  'a bad version': { 'sec-websocket-version': '99' },
  'no protocol': { 'sec-websocket-protocol': '' },
  'a bad protocol': { 'sec-websocket-protocol': ',,;;' },
  'another protocol': { 'sec-websocket-protocol': 'graphql-ws' },
  'a bad extension': { 'sec-websocket-extensions': 'permessage-deflate; =;' },
  'another upgrade': { upgrade: 'h2c' },
  'two upgrades': { upgrade: 'websocket, h2c' },
  'a foreign origin': { origin: 'https://evil.example' },
  'a malformed origin': { origin: 'null' },
  'a body': { 'content-length': '10' },
  'a bad address': { 'x-forwarded-for': 'unknown, ::::, 1.2.3.4.5' },
};

const FRAMES: Record<string, Buffer[]> = {
  'a bad opcode': [frame(0x83, 'x')],
  'a reserved bit': [frame(0xf1, 'x')],
  'no mask': [frame(TEXT, '{"type":"ping"}', { isMasked: false })],
  'a frame that is too large': [frame(TEXT, 'x'.repeat(300_000))],
  'an absurd length': [frame(TEXT, 'x', { length: 2 ** 52 })],
  'half a frame': [frame(TEXT, 'x', { length: 100 })],
  'broken UTF-8': [frame(TEXT, Buffer.from([0xc3, 0x28, 0xff]))],
  'a continuation without a start': [frame(0x80, 'x')],
  'a fragment in a fragment': [frame(0x01, 'x'), frame(0x01, 'y')],
  'an oversized ping': [frame(0x89, 'x'.repeat(126))],
  'a fragmented ping': [frame(0x09, 'x')],
  'a close without a code': [frame(0x88, 'x')],
  'a close with a bad code': [frame(0x88, Buffer.from([0x03, 0xe7]))],
  'binary data': [frame(0x82, randomBytes(100))],
  'an empty message': [text('')],
  'JSON that is not a message': ['null', '{}', '[]', '1', '{"type":"no"}'].map(text),
  'a message without its fields': [INIT, text({ type: 'subscribe' })],
  'an operation before connection_init': [subscribe('subscription { painted { number } }')],
  'connection_init twice': [Buffer.concat([INIT, INIT])],
  'a malformed token': [text({ type: 'connection_init', payload: { authorization: [{}] } })],
  'no document': [INIT, subscribe(''), subscribe('{', '2'), subscribe('}'.repeat(1_000), '3')],
  'a deep document': [INIT, subscribe('{a'.repeat(10_000))],
  'deep JSON': [INIT, text(`{"type":"ping","payload":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`)],
  'deep variables': [
    INIT,
    text(
      `{"type":"subscribe","id":"1","payload":{"query":"subscription($a:JSONObject){bookingChanged{id}}","variables":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}}`,
    ),
  ],
  'an id too long for a close reason': [
    INIT,
    Buffer.concat([1, 2].map(() => subscribe('subscription { bookingChanged { id } }', 'i'.repeat(1_000)))),
  ],
  'the name of a prototype': [text({ type: 'complete', id: '__proto__' })],
};

const ATTACKS: Attack[] = [
  ...TARGETS.map((target) => ({ name: `the target ${target.slice(0, 40)}`, parts: [upgrade({}, target)] })),
  ...Object.entries(HEADERS).map(([name, headers]) => ({ name, parts: [upgrade(headers)] })),
  { name: 'a POST', parts: [upgrade({}, '/graphql', 'POST')] },
  { name: 'half a request', parts: [upgrade().slice(0, 60)] },
  {
    name: 'a frame in the same packet as the upgrade',
    parts: [Buffer.concat([Buffer.from(upgrade()), frame(0x83, 'x')])],
  },
  {
    name: 'an upgrade pipelined after a request',
    parts: [request('/graphql?query={__typename}', { host: 'x' }) + upgrade()],
  },
  { name: 'silence', parts: [upgrade()] },
  ...Object.entries(FRAMES).map(([name, frames]) => ({ name, parts: [upgrade(), ...frames] })),
];

const response = (socket: Socket): Promise<unknown> =>
  Promise.race([
    new Promise((resolve) => {
      socket.once('data', resolve);
      socket.once('close', resolve);
    }),
    sleep(RESPONSE_TIMEOUT_MS),
  ]);

async function peer(port: number, { parts }: Attack, mode: LeaveMode): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await Promise.race([closed, new Promise((resolve) => socket.once('connect', resolve))]);
  for (const [index, part] of parts.entries()) {
    socket.write(part);
    const isLast = index === parts.length - 1;
    if (!isLast || mode === 'reset after an answer') await response(socket);
  }
  if (mode.startsWith('reset')) socket.resetAndDestroy();
  if (mode === 'half close') socket.end();
  await Promise.race([closed, sleep(STAY_MS)]);
  socket.destroy();
  await closed;
}

/** Runs every attack in every mode; returns the number of peers. */
export async function attack(port: number): Promise<number> {
  const peers = LEAVE_MODES.flatMap((mode) => ATTACKS.map((one) => () => peer(port, one, mode)));
  const { length } = peers;
  const worker = async () => {
    for (let next = peers.pop(); next; next = peers.pop()) await next();
  };
  await Promise.all(Array.from({ length: CONCURRENT_PEERS }, worker));
  return length;
}
