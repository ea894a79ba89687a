/** The HTTP ground of every process: liveness, readiness, and a drain that loses no request. */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** How long a load balancer is given to see that we are not ready before connections are closed, in milliseconds. */
export const DRAIN_MS = 1_500;
/** How long a readiness check may take, in milliseconds. */
export const CHECK_TIMEOUT_MS = 2_000;
/** Kept above the gateway's own idle time for subgraph connections, so that it never writes on one that we close. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** How long a connection that never carried a request may stay open while the server closes, in milliseconds. */
const UNUSED_CONNECTION_GRACE_MS = 1_000;

/** Rejects where the thing is gone. */
export type Check = () => Promise<unknown>;
export type Checks = { database?: Check; redis?: Check };
/** The names of services behind this one that are not ready. */
export type NotReady = () => Promise<string[]>;

async function passes(check: Check): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that is aborted when the client closes its connection before it has the whole answer. */
export function abortSignalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abortUnlessAnswered = () => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.destroyed) abortUnlessAnswered();
  else raw.once('close', abortUnlessAnswered);
  return controller.signal;
}

/**
 * Closes connections that never carried a request soon after the server begins to close. Node takes them for busy and would wait a
 * minute; a client's pool opens one where it replaces a connection that it broke off.
 */
function closeUnusedConnections(app: FastifyInstance): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', async () => {
    setTimeout(() => {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    }, UNUSED_CONNECTION_GRACE_MS);
  });
}

/**
 * Adds `/health` (the process lives) and `/ready` (200, or 503 where a check that matters fails or the process drains; Redis is
 * shown but optional, and so is each service of `behind`, named only while it is not ready: without one, the others' fields are
 * still served, and to take every gateway out of rotation would make no service ready). `/health` shows `details` as well. Returns
 * `close`: readiness 503, `Connection: close` on what still comes, then the server is closed;
 * `drainMs` is how long it waits between.
 */
export function serveHealth(
  app: FastifyInstance,
  options: {
    service: string;
    checks: Checks;
    behind?: NotReady;
    clock: { now(): { toString(): string } };
    drainMs: number;
    details?: () => object;
  },
): () => Promise<void> {
  const { service, checks, clock, behind = async () => [] } = options;
  let isDraining = false;
  closeUnusedConnections(app);

  // On the answer, not on the request: a request that is under way when the drain begins would keep its connection open.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) void reply.header('connection', 'close');
  });
  app.get('/health', async () => ({
    status: 'ok',
    service,
    timestamp: clock.now().toString(),
    ...options.details?.(),
  }));
  app.get('/ready', async (_request, reply) => {
    const names = Object.keys(checks) as (keyof Checks)[];
    const [results, notReady] = await Promise.all([
      Promise.all(names.map(async (name) => [name, await passes(checks[name]!)] as const)),
      behind(),
    ]);
    const isReady = !isDraining && results.every(([name, ok]) => ok || name === 'redis');
    return reply.code(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'not_ready',
      service,
      timestamp: clock.now().toString(),
      checks: Object.fromEntries([...results, ...notReady.map((name) => [name, false] as const)]),
    });
  });

  return async () => {
    isDraining = true;
    await new Promise((resolve) => setTimeout(resolve, options.drainMs));
    await app.close();
  };
}
