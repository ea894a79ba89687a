/**
 * A process that sends the bodies of a message as fast as it can, each connection its next after the last answer, until the message
 * 'stop'. It then answers with how often each outcome came. Its low priority leaves the processors to the servers: clients would be on
 * other machines.
 */
import { setPriority } from 'node:os';
import { Pool } from 'undici';

export type NoisyTenant = { url: string; tokens: string[]; connections: number };
const LOWEST_PRIORITY = 19;

const { url, tokens, connections } = JSON.parse(process.argv[2]!) as NoisyTenant;
setPriority(LOWEST_PRIORITY);
const pool = new Pool(url, { connections });
let bodies: string[] = [];
let isSending = false;
let outcomes: Record<string, number> = {};

async function send(count: number): Promise<string> {
  const authorization = `Bearer ${tokens[count % tokens.length]}`;
  const headers = { 'content-type': 'application/json', authorization };
  const body = bodies[count % bodies.length]!;
  const { body: answer } = await pool.request({ path: '/graphql', method: 'POST', headers, body });
  return /"code":"([A-Z_]+)"/.exec(await answer.text())?.[1] ?? 'done';
}

async function client(first: number): Promise<void> {
  for (let count = first; isSending; count += connections + 1) {
    const outcome = await send(count).catch(() => 'no answer');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
}

let clients: Promise<unknown> = Promise.resolve();
process.on('message', (message: string[] | 'stop') => {
  isSending = message !== 'stop';
  if (message !== 'stop') {
    bodies = message;
    outcomes = {};
    clients = Promise.all(Array.from({ length: connections }, (_, index) => client(index)));
  } else {
    void clients.then(() => process.send!(outcomes));
  }
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');
