/** Shared fixtures of this subgraph's tests. */
import { keyring } from '@libs/auth/keys';
import { bookingPayload } from '@libs/testing/eventFixtures';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Caller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { connect, type Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { SYSTEM } from '@libs/events/actor';
import type { AnnouncedEvent, Payload } from '@libs/events/catalogue';
import { platformAdministrator, request } from '@libs/testing/contexts';
import { testDatabase, type TestDatabase } from '@libs/testing/testDatabases';
import { newTraceId } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { afterAll } from 'vitest';
import { contextOf, type Context, type ContextDeps } from './context.ts';
import { PLAN_LIMITS } from './tenants/planLimits.ts';
import { createTenant } from './tenants/createTenant.ts';
import { ssrfGuard } from './deliveries/ssrfGuard.ts';
import { recordDeliveries } from './deliveries/recordDeliveries.ts';
import type { WebhookEventType } from './webhooks/rules.ts';
import { secretCipher } from './webhooks/secrets.ts';

/** As in development: localhost is allowed. Queries no name server. */
const developmentSsrfGuard = ssrfGuard({
  isProduction: false,
  ownHosts: [],
  resolve: async () => ['93.184.215.14'],
});

export const processDeps = (db: Db): ContextDeps => ({
  db,
  invalidateSettings: async () => {},
  guard: developmentSsrfGuard,
  planLimits: PLAN_LIMITS,
  secrets: secretCipher(keyring('the secret key of these tests')),
});

/** A request as a receiver got it. */
export type ReceivedRequest = { headers: http.IncomingHttpHeaders; body: string; atMs: number; path: string };

/** A receiver on localhost. It answers 204 unless given an `answer`. */
export type Receiver = {
  url: string;
  received: ReceivedRequest[];
  /** Connections open now, and at most so far. */
  sockets: { open: number; max: number; opened: number };
  /** Resolves after `n` requests. */
  waitForRequests(n: number, limitMs?: number): Promise<void>;
  stop(): Promise<void>;
};

export type AnswerOf = (received: ReceivedRequest, response: http.ServerResponse, socket: Socket) => void;

/** Starts a receiver on `port`, or a free one, until the end of the file. */
export async function receiver(answer?: AnswerOf, port = 0): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  const sockets = { open: 0, max: 0, opened: 0 };
  const open = new Set<Socket>();
  const waiters = new Set<() => void>();
  const server = http.createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const one: ReceivedRequest = {
        headers: message.headers,
        body: Buffer.concat(chunks).toString(),
        atMs: performance.now(),
        path: message.url ?? '',
      };
      received.push(one);
      for (const check of waiters) check();
      if (answer) answer(one, response, message.socket);
      else response.writeHead(204).end();
    });
  });
  server.on('connection', (socket) => {
    sockets.open += 1;
    sockets.opened += 1;
    sockets.max = Math.max(sockets.max, sockets.open);
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.open -= 1;
      open.delete(socket);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let isStopped = false;
  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  }
  afterAll(stop);

  function waitForRequests(n: number, limitMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        waiters.delete(check);
        clearTimeout(timer);
      };
      const check = (): void => {
        if (received.length < n) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${received.length} of ${n} requests within ${limitMs} ms`));
      }, limitMs);
      waiters.add(check);
      check();
    });
  }
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://localhost:${taken}/events`, received, sockets, waitForRequests, stop };
}

/** An event as the consumer passes it on, about a new booking unless `fields` names one. */
export function announcedBookingEvent(
  tenantId: TenantId,
  fields: Partial<Payload<'booking.created'>> = {},
): AnnouncedEvent<'booking.created'> {
  return {
    type: 'booking.created',
    eventId: newId(),
    tenantId,
    occurredAt: systemClock.now(),
    traceId: newTraceId(),
    version: 1,
    actor: SYSTEM,
    payload: bookingPayload({ tenant_id: tenantId, ...fields }),
  };
}

export type TenantTestSetup = {
  db: Db;
  sql: TestDatabase['sql'];
  url: string;
  as(caller: Caller): Context;
  platform: Context;
  anonymous: Context;
  /** A new active tenant. */
  tenant(): Promise<TenantId>;
  /** Applies the event, as the consumer would. */
  applyEvent(event: AnnouncedEvent<WebhookEventType>, now?: Temporal.Instant): Promise<void>;
};

/** Call at the top of a file: a database, and contexts for its verbs. */
export async function setup(): Promise<TenantTestSetup> {
  const { url, sql } = await testDatabase('tenant');
  const db = connect(url, { name: 'tenant-under-test' });
  afterAll(db.close);
  const as = (caller: Caller): Context => contextOf(request({ caller }), processDeps(db));
  const platform = as(platformAdministrator());
  return {
    db,
    sql,
    url,
    as,
    platform,
    anonymous: contextOf(request(), processDeps(db)),
    async tenant() {
      const outcome = await createTenant(platform, {
        name: 'Academia',
        domain: `${newId()}.example`,
        plan: 'ENTERPRISE',
      });
      if (!outcome.ok) throw new Error('no tenant was made');
      return outcome.value.id as TenantId;
    },
    applyEvent: (event, now = systemClock.now()) =>
      inTransaction(db, (tx) => recordDeliveries({ tx, events: [event], now })),
  };
}
