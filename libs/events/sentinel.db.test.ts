import { eventDatabase, eventually } from '@libs/testing/eventFixtures';
import { eventLoad, FAIL_OVER } from '@libs/testing/eventLoad';
import { sentinels } from '@libs/testing/sentinels';
import { it } from 'vitest';

const { db, url: databaseUrl } = await eventDatabase();
const redis = await sentinels();
const isPrimary = ({ port }: { port: number }) =>
  eventually('a new primary', async () => (await redis.primaryPort()) === port, FAIL_OVER);

it(
  'no event is lost or applied twice when the primary changes under load, by order and by its loss',
  { timeout: 240_000 },
  async () => {
    const load = await eventLoad(db, databaseUrl, redis.url);
    await load.moreChanges();
    await redis.orderFailOver();
    await isPrimary(redis.replica);
    await load.moreChanges();
    await eventually('the former primary is a replica', redis.areReady, FAIL_OVER);
    await redis.replica.kill();
    await isPrimary(redis.primary);
    await load.moreChanges();
    await load.expectEachAppliedOnce();
  },
);
