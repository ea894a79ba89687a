/** Processes that a test can kill at any line. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type KillableProcess = {
  /** Sends SIGKILL; resolves once the process has ended. */
  kill(): Promise<void>;
};

/** Starts a file that calls `runKillable`; resolves once it runs, and rejects if it ends before. `input` is sent as JSON. */
export async function startKillable(file: URL, input: object): Promise<KillableProcess> {
  const child = fork(fileURLToPath(file), [JSON.stringify(input)], { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  const failed = exited.then(() => {
    throw new Error(`${file.pathname} ended before it was ready`);
  });
  await Promise.race([once(child, 'message'), failed]);
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** In the process: starts its work with the test's input, reports that it runs, and ends with its parent. */
export function runKillable<Input>(start: (input: Input) => void): void {
  start(JSON.parse(process.argv[2] ?? '') as Input);
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}
