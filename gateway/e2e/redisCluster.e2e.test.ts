/** The whole system on a Redis Cluster of six nodes, before and after the loss of the primary that has its keys. */
import { PROCESSES } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { redisCluster } from '@libs/testing/redisCluster';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { afterAll, expect, test } from 'vitest';
import { resumingSubscriber } from '../testing/resumingSubscriber.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const ARRIVAL = { timeout: 20_000 };
/** A primary must be down for sure, and the others agree. */
const FAIL_OVER = { timeout: 60_000 };

const cluster = await redisCluster();
const vaga = await federation({ redisUrl: cluster.url });
const { admin, tenantId } = await setUpTenant(vaga, await vaga.signIn());
const { token } = admin;
const { category } = await mutate(
  vaga,
  token,
  'createResourceCategory',
  { name: 'Quadras', type: 'PHYSICAL' },
  'category { id }',
);
const { resource } = await mutate(
  vaga,
  token,
  'createResource',
  { categoryId: category.id, name: 'Quadra 1' },
  'resource { id }',
);
const to = await receiver();
await mutate(vaga, token, 'createWebhook', { url: to.url, events: ['BOOKING_CREATED'] }, 'webhook { id }');
const subscriber = resumingSubscriber({ addresses: [vaga.url], token, transport: 'WebSocket' });
afterAll(() => subscriber.stop());

const created: string[] = [];
async function book(): Promise<void> {
  const [day, hour] = [4 + Math.floor(created.length / 14), 7 + (created.length % 14)];
  const input = {
    resourceId: resource.id,
    startTime: daysAhead(day, hour),
    endTime: daysAhead(day, hour + 1),
  };
  created.push((await mutate(vaga, token, 'createBooking', input, 'booking { id }')).booking.id);
}

async function expectEffects(): Promise<void> {
  const delivered = () =>
    to.received.map(({ body }) => JSON.parse(body).data.booking_id as string).toSorted();
  await expect.poll(delivered, ARRIVAL).toEqual(created.toSorted());
  const query = 'query ($id: ID!) { resource(id: $id) { stats { bookingsCreated } } }';
  const stats = async () =>
    (await vaga.data(query, { id: resource.id }, { token })).resource.stats.bookingsCreated as number;
  await expect.poll(stats, ARRIVAL).toBe(created.length);
}

/** By result, of all caches of all processes. */
async function cacheReads(): Promise<{ hit: number; bypass: number }> {
  const reads = { hit: 0, bypass: 0 };
  for (const name of PROCESSES) {
    const text = await (await fetch(`http://127.0.0.1:${vaga.ports[name]}/metrics`)).text();
    for (const [, result, count] of text.matchAll(
      /^vaga_cache_reads_total\{.*result="(hit|bypass)".*\} (\d+)$/gm,
    ))
      reads[result as 'hit' | 'bypass'] += Number(count);
  }
  return reads;
}

const usesRedis = async (): Promise<boolean> => {
  const answers = await Promise.all(
    PROCESSES.map(async (name) => (await fetch(`http://127.0.0.1:${vaga.ports[name]}/ready`)).json()),
  );
  return answers.every((answer) => (answer as { checks: { redis: boolean } }).checks.redis);
};

test('caches, limits, events, live changes and webhooks work on a cluster, and go on after the loss of a primary', async () => {
  await expect.poll(usesRedis, ARRIVAL).toBe(true);
  const isFollowing = async () => {
    await book();
    return subscriber.hasCursor();
  };
  await expect.poll(isFollowing, { ...ARRIVAL, interval: 1_000 }).toBe(true);
  const followedFrom = created.length;
  const before = await cacheReads();
  await book();
  await book();
  await expectEffects();
  const after = await cacheReads();
  // A key in another slot would be refused, and its cache passed by.
  expect(after.bypass).toBe(before.bypass);
  expect(after.hit).toBeGreaterThan(before.hit);
  const followed = async () => {
    const rows = await vaga.databases.booking.sql<{ id: string }[]>`
      select id from outbox where tenant_id = ${tenantId} and event_type = 'booking.created' and payload::jsonb ->> 'booking_id' = any(${created.slice(followedFrom)})`;
    return rows.every(({ id }) => subscriber.received.includes(id));
  };
  await expect.poll(followed, ARRIVAL).toBe(true);

  const lost = await cluster.primary();
  await lost.kill();
  // Mutations do not wait for a new one.
  await book();
  await expect.poll(async () => (await cluster.primary()).port !== lost.port, FAIL_OVER).toBe(true);
  await expect.poll(usesRedis, FAIL_OVER).toBe(true);
  await book();
  await vaga.signIn();
  await expectEffects();
  await expect.poll(followed, ARRIVAL).toBe(true);
  expect(subscriber.problems).toEqual([]);
}, 240_000);
