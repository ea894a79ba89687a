import type { ApiKeyRow } from '@drizzle/user/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';
import { recordUse } from './store.ts';

export type RecordKeyUse = (key: ApiKeyRow, now: Temporal.Instant) => void;

/**
 * Records the minute in which a key was last used: at most once a minute for each key, and after the request, which neither waits for it
 * nor fails with it.
 */
export function keyUseRecorder(db: Db, log: Log): RecordKeyUse {
  const writing = new Set<string>();
  return (key, now) => {
    const minute = now.round({ smallestUnit: 'minute', roundingMode: 'floor' });
    const isRecorded = key.lastUsedAt && key.lastUsedAt.epochMilliseconds >= minute.epochMilliseconds;
    if (isRecorded || writing.has(key.id)) return;
    writing.add(key.id);
    recordUse(tenantOfRow(key), db, { id: key.id, minute })
      .catch((error: unknown) => log.warn({ err: error }, 'the use of an API key was not recorded'))
      .finally(() => writing.delete(key.id));
  };
}
