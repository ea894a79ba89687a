/** Liveness, readiness and graceful shutdown of an HTTP server. */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { isOlder, versions } from './timeZoneData.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';

const CHECK_TIMEOUT_MS = 2_000;
/** Exceeds the idle timeout of load balancers (60 s as a rule), so that they never write to a connection that is being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/**
 * When our own clients close idle connections: sooner than DRAIN_SECONDS. While a server drains, each answer closes its connection, so
 * none that a client could still use is left when it stops. A mutation would be lost on one, since it is never sent twice.
 */
export const IDLE_CONNECTION_MS = 1_000;

/** Options of servers that drain. Without the last, Fastify refuses requests that arrive while WebSockets are being closed. */
export const DRAINING_SERVER = {
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  forceCloseConnections: 'idle',
  return503OnClosing: false,
} as const;

const UNUSED_CONNECTION_GRACE_MS = 1_000;

export type Check = () => Promise<unknown>;
export type Checks = { database?: Check; redis?: Check };
/** Returns the names of the services that are not ready. */
export type UpstreamsNotReady = () => Promise<string[]>;

async function passes(check: Check): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => true), timeout]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Aborts if the client disconnects before the response is complete. */
export function abortSignalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // A request may make any number of calls at once.
  setMaxListeners(0, controller.signal);
  const abortUnlessFinished = () => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.destroyed) abortUnlessFinished();
  else raw.once('close', abortUnlessFinished);
  return controller.signal;
}

/**
 * Closes connections that never carried a request, such as spares of a client's pool. Node considers them busy and would wait a
 * minute.
 */
function closeUnusedConnections(app: FastifyInstance): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket) => {
    // Some are announced again (libs/graphql/subscriptions/otherUpgrades.ts).
    if (open.has(socket)) return;
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
 * Adds `/health` (200 while the process lives, with `details`) and `/ready` (503 while it drains or a required check fails). Redis
 * and upstream services are reported but optional: without one, other fields still work, and taking every gateway out of rotation
 * would help none. Returns the shutdown: `/ready` turns 503 and responses close their connections for `drainMs`, then the server
 * closes.
 */
export function serveHealth(
  app: FastifyInstance,
  options: {
    service: string;
    checks: Checks;
    upstreamsNotReady?: UpstreamsNotReady;
    clock: { now(): { toString(): string } };
    drainMs: number;
    details?: () => object;
  },
): () => Promise<void> {
  const { service, checks, clock, upstreamsNotReady = async () => [] } = options;
  let isDraining = false;
  closeUnusedConnections(app);

  // Not in onRequest: requests already in progress must close their connections too.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) void reply.header('connection', 'close');
  });
  app.get('/health', async () => ({
    status: 'ok',
    service,
    timestamp: clock.now().toString(),
    timeZoneData: { release: versions().tz, isOutdated: isOlder(versions().tz) },
    ...options.details?.(),
  }));
  app.get('/ready', async (_request, reply) => {
    const names = Object.keys(checks) as (keyof Checks)[];
    const [results, notReady] = await Promise.all([
      Promise.all(names.map(async (name) => [name, await passes(checks[name]!)] as const)),
      upstreamsNotReady(),
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
