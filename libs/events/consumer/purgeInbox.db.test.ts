import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { eventDatabase } from '@libs/testing/eventFixtures';
import { beforeEach, expect, it } from 'vitest';
import { DEAD_LETTER_RETENTION_DAYS, purgeInbox } from './purgeInbox.ts';

const { db } = await eventDatabase();
beforeEach(async () => void (await db.sql`truncate inbox, consumed_events`));

/** Events of the inbox that died so many days ago; null: they wait, since long ago. */
async function insertInbox(deadForDays: number | null, count = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await db.sql`
    insert into inbox (consumer_group, event_id, stream, key, event_type, payload, metadata, next_attempt_at, dead_at)
    select 'user-service', id, 'booking-events', id, 'booking.created', '{}', '{}', now() - interval '1 year',
           now() - make_interval(days => ${deadForDays}::int)
    from unnest(${ids}::uuid[]) as id`;
  return ids;
}
const remaining = async () =>
  (await db.sql`select event_id as id from inbox`).map(({ id }) => String(id)).toSorted();
function recordedWarnings() {
  const warnings: unknown[][] = [];
  const log = silentLog();
  log.warn = ((...parts: unknown[]) => void warnings.push(parts)) as typeof log.warn;
  return { log, warnings };
}

it('deletes dead letters whose time is over, says how many, and leaves younger ones and what waits', async () => {
  await insertInbox(DEAD_LETTER_RETENTION_DAYS + 1, 2);
  const kept = [...(await insertInbox(DEAD_LETTER_RETENTION_DAYS - 1)), ...(await insertInbox(null))];
  const { log, warnings } = recordedWarnings();
  expect(await purgeInbox(db, log)).toBeGreaterThan(0);
  expect(await remaining()).toEqual(kept.toSorted());
  expect(warnings).toMatchObject([
    [{ numbers: { 'user-service booking.created': 2 }, days: 90 }, expect.any(String)],
  ]);
  await purgeInbox(db, log);
  expect(warnings).toHaveLength(1);
});

it('deletes in batches, and asks to be called again at once while there is more', async () => {
  await insertInbox(DEAD_LETTER_RETENTION_DAYS + 1, 5_001);
  expect(await purgeInbox(db, silentLog())).toBe(0);
  expect(await remaining()).toHaveLength(1);
  expect(await purgeInbox(db, silentLog())).toBeGreaterThan(0);
  expect(await remaining()).toEqual([]);
});

it('leaves one that is sent again at the same moment', async () => {
  const [id] = await insertInbox(DEAD_LETTER_RETENTION_DAYS + 1);
  await db.sql.begin(async (tx) => {
    await tx`update inbox set dead_at = null where event_id = ${id!}`;
    await purgeInbox(db, silentLog());
  });
  expect(await remaining()).toEqual([id]);
});
