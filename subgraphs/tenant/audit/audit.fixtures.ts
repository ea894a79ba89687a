/** The audit trail of one database: events from its outbox over Redis to its entries. Call `auditSetup` at the top of a file. */
import { connectRedis } from '@libs/cache/redis';
import { inTransaction } from '@libs/db/inTransaction';
import type { Actor } from '@libs/events/actor';
import type { DomainEvent } from '@libs/events/catalogue';
import { consumeOnce } from '@libs/events/consumer/consumer';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay/relay';
import { newTraceId } from '@libs/telemetry/trace';
import { silentLog } from '@libs/telemetry/log';
import { testRedis } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { afterAll } from 'vitest';
import { setup } from '../tenant.fixtures.ts';
import { auditReactions } from './recordEntries.ts';

export const KEPT_DAYS = 730;

export async function auditSetup() {
  const base = await setup();
  const { db, sql } = base;
  const { redis: client, url: redisUrl } = await testRedis();
  const redis = connectRedis(redisUrl, { name: 'test', log: silentLog() });
  afterAll(() => redis.disconnect());
  return {
    ...base,
    client,
    redisUrl,
    /** Returns the event ids. */
    announce: (
      events: readonly DomainEvent[],
      cause: { actor?: Actor; now?: Temporal.Instant } = {},
    ): Promise<string[]> =>
      inTransaction(db, (tx) =>
        announce(tx, events, { now: systemClock.now(), traceId: newTraceId(), ...cause }),
      ),
    relay: () => relayOnce({ db, redis }),
    consume: () =>
      consumeOnce({ group: 'audit', reactions: auditReactions(KEPT_DAYS), db, redis, retryDelaysMs: [0] }),
    entriesOf: (tenantId: string) =>
      sql<{ id: string; action: string; subject_id: string; actor_kind: string; changes: object }[]>`
        select * from audit_entries where tenant_id = ${tenantId} order by occurred_at, id`,
  };
}
