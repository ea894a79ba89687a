import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('run.fixtures.ts', import.meta.url));
/** How long a process may take to load its code on a busy machine, in milliseconds. */
const LIMIT_MS = 30_000;

it.each([
  ['throws', 'uncaught exception'],
  ['rejects', 'unhandled rejection'],
  ['throws again and again', 'uncaught exception'],
])(
  'a process that %s where nothing catches it says so, ends what is under way, and exits with 1',
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
  LIMIT_MS,
);
