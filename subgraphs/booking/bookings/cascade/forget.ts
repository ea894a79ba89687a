/** Removes what has outlived itself: idempotency keys, and the memory of what is gone. */
import type { Db } from '@libs/db/connect';
import { repeat, type Loop } from '@libs/runtime/repeat';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { forgetKeysOfAllTenants } from '../idempotency/keyStore.ts';
import { forgetGoneOfAllTenants } from './goneStore.ts';

/** How long it is remembered that something is gone, in days; no request that knew it before lives nearly as long. */
export const GONE_REMEMBERED_DAYS = 7;
const FORGET_EVERY_MS = 10 * 60_000;

/** One round. */
export async function forgetOnce(db: Db, now: Temporal.Instant): Promise<void> {
  await forgetKeysOfAllTenants(db, now);
  await forgetGoneOfAllTenants(db, now.subtract({ hours: GONE_REMEMBERED_DAYS * 24 }));
}

/** A round at once, and then every ten minutes. */
export function startForgetting({ db, log, clock = systemClock }: { db: Db; log: Log; clock?: Clock }): Loop {
  return repeat({
    what: 'forgetting of old keys',
    log,
    pass: async () => {
      await forgetOnce(db, clock.now());
      return FORGET_EVERY_MS;
    },
  });
}
