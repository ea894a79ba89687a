import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_WAITING_LOG } from './log.ts';

/** A process with a log on a pipe. On a message it runs `body` and exits. */
async function startLogger(body: string): Promise<ChildProcess> {
  const program = `
    const { createLog } = await import('./log.ts');
    const log = createLog('test');
    process.once('message', async () => {
      ${body}
      process.exit(0);
    });
    process.send('ready');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

it('lets a process exit after the reader of its log has ended', async () => {
  const child = await startLogger(`
    log.info('a line that is being written');
    log.info('a line that waits for it');`);
  child.stdout!.destroy();
  child.send('log and exit');
  const [, signal] = await once(child, 'exit');
  expect(signal).toBeNull();
});

it('keeps a limited part of the log for a reader that does not read', async () => {
  const child = await startLogger(`
    const line = 'x'.repeat(2 ** 20);
    for (let i = 0; i < 64; i += 1) log.info(line);
    process.send('logged');
    await new Promise((resolve) => process.once('message', resolve));`);
  child.send('log');
  await once(child, 'message');
  child.send('exit');
  let received = 0;
  child.stdout!.on('data', (part: Buffer) => (received += part.length));
  await once(child, 'close');
  expect(received).toBeGreaterThan(MAX_WAITING_LOG / 2);
  expect(received).toBeLessThan(MAX_WAITING_LOG * 1.5);
});
