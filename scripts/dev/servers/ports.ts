/** TCP ports on the loopback address, the only one that our servers listen on. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

export const LOOPBACK = '127.0.0.1';

/** Whether a server could listen on this port now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) === port;
}

/** A free port. Another process may take it before it is used, so be ready to retry. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new Error('No free port on 127.0.0.1');
  return port;
}

/** The requested port (rejects if it is taken), else the last one if it is free, as noted in `port`, else any free port. */
export async function choosePort(dataDir: string, requested: number | undefined): Promise<number> {
  if (requested !== undefined) {
    if (await isPortFree(requested)) return requested;
    throw new Error(`Port ${requested} is taken: end what listens there, or choose another`);
  }
  const last = Number(await readFile(path.join(dataDir, 'port'), 'utf8').catch(() => ''));
  return last > 0 && (await isPortFree(last)) ? last : freePort();
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host: LOOPBACK, exclusive: true });
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : undefined;
}
