import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Pool } from 'undici';
import { afterAll } from 'vitest';

/** Starts a server of this folder as a process that ends with the tests. Returns connections to it. */
export async function startProgram(
  file: string,
  variables: Record<string, string>,
  connections: number,
): Promise<{ url: string; pool: Pool; send: (message: object) => void }> {
  const child = fork(path.join(import.meta.dirname, file), {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...variables },
  });
  const [port] = (await once(child, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  const pool = new Pool(url, { connections });
  afterAll(async () => {
    await pool.close();
    child.disconnect();
    await once(child, 'exit');
  });
  return { url, pool, send: (message) => void child.send(message) };
}
