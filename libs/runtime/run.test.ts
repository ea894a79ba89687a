import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('run.fixtures.ts', import.meta.url));
/** Allows for loading the code on a busy machine. */
const TIMEOUT_MS = 30_000;

it.each([
  ['throws', 'uncaught exception'],
  ['rejects', 'unhandled rejection'],
  ['throws again and again', 'uncaught exception'],
])(
  'a process that %s without a handler logs it, finishes its work in progress and exits with code 1',
  async (bug, message) => {
    const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, bug], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const messages: unknown[] = [];
    child.on('message', (text) => {
      messages.push(text);
      if (text === 'ready') child.send('now');
    });
    const [code] = await once(child, 'close');
    expect(messages).toEqual(['ready', 'done']);
    expect(code).toBe(1);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; msg: string; err?: { message: string } });
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 60,
        msg: message,
        err: expect.objectContaining({ message: 'a bug' }),
      }),
    );
  },
  TIMEOUT_MS,
);
