import { eventDatabase, eventually } from '@libs/testing/eventFixtures';
import { eventLoad, FAIL_OVER } from '@libs/testing/eventLoad';
import { redisCluster } from '@libs/testing/redisCluster';
import { it } from 'vitest';

const { db, url: databaseUrl } = await eventDatabase();
const redis = await redisCluster();

it(
  'no event is lost or applied twice when a cluster moves our slot under load, by order and by the loss of its primary',
  { timeout: 240_000 },
  async () => {
    const load = await eventLoad(db, databaseUrl, redis.url);
    await load.moreChanges();
    const first = await redis.primary();
    const isOther = async ({ port }: { port: number }) => (await redis.primary()).port !== port;
    await redis.orderFailOver();
    await eventually('a new primary', () => isOther(first), FAIL_OVER);
    await load.moreChanges();
    await eventually('the former primary is a replica', redis.isReady, FAIL_OVER);
    const second = await redis.primary();
    await second.kill();
    await eventually('a new primary', () => isOther(second), FAIL_OVER);
    await load.moreChanges();
    await load.expectEachAppliedOnce();
  },
);
