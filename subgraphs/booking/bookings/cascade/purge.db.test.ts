import { connect } from '@libs/db/connect';
import { PURGE_BATCH } from '@libs/queue/claims';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, expect, it } from 'vitest';
import { purgeOnce } from './purge.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'purge' });
afterAll(() => db.close());

const OLD = 2 * PURGE_BATCH + 1;
const KEPT = 3;

it('purges keys, holds and tombstones in batches, and nothing before its time', async () => {
  await sql.unsafe(`
    insert into idempotency_keys (tenant_id, caller_id, key, input_hash, result_ids, created_at)
    select gen_random_uuid(), gen_random_uuid(), 'same', '', '{}', now() - interval '1 hour' * case when n < ${OLD} then 25 else 23 end
    from generate_series(1, ${OLD + KEPT - 1}) as n;
    insert into tombstones (kind, id, tenant_id, deleted_at)
    select 'USER', gen_random_uuid(), gen_random_uuid(), now() - interval '1 day' * case when n < ${OLD} then 8 else 6 end
    from generate_series(1, ${OLD + KEPT - 1}) as n;
    insert into holds (id, tenant_id, user_id, client_id, start_time, end_time, seats, resources, purpose, source, expires_at, ended_at, created_at)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now() + interval '1 hour', 1, '[]', 'CHECKOUT',
           'USER', ended, ended, ended - interval '1 hour'
    from generate_series(1, ${OLD + KEPT - 1}) as n, lateral (select now() - interval '1 hour' * case when n < ${OLD} then 25 else 23 end as ended) as at`);
  const now = systemClock.now();
  const counts = async () =>
    (
      await sql`
        select (select count(*)::int from idempotency_keys) as keys, (select count(*)::int from tombstones) as tombstones,
               (select count(*)::int from holds) as holds`
    )[0];
  const left = OLD - 1 - PURGE_BATCH + KEPT;
  expect(await purgeOnce(db, now)).toBe(true);
  expect(await counts()).toEqual({ keys: left, tombstones: left, holds: left });
  while (await purgeOnce(db, now));
  expect(await counts()).toEqual({ keys: KEPT, tombstones: KEPT, holds: KEPT });
});
