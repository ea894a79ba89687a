/** The gauges of events that are read with SQL or Redis. */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { sampled } from '@libs/telemetry/metrics';
import { GROUPS, STREAMS, type ConsumerGroup } from './catalogue.ts';
import {
  inboxAge,
  inboxDead,
  inboxRetrying,
  inboxWaiting,
  outboxAge,
  outboxUnpublished,
  streamLag,
  streamPending,
} from './eventMetrics.ts';
import { inboxStatus, unpublishedStatus } from './operate/eventStatus.ts';
import { groupsOf } from './relay/maintenance.ts';

/** Samples a database's outbox. Returns the function that ends it. */
export const sampleOutbox = (db: Db): (() => void) =>
  sampled(async () => {
    const { unpublished, oldestUnpublishedSeconds } = await unpublishedStatus(db);
    return [
      [outboxUnpublished, {}, unpublished],
      [outboxAge, {}, oldestUnpublishedSeconds ?? 0],
    ];
  });

/** Samples a group's inbox and its position in the streams. Returns the functions that end it. */
export function sampleGroup(db: Db, redis: RedisConnection, group: ConsumerGroup): (() => void)[] {
  const none = { waiting: 0, retrying: 0, oldestWaitingSeconds: 0, dead: 0 };
  const inbox = sampled(async () => {
    const status = (await inboxStatus(db)).find((one) => one.group === group) ?? none;
    return [
      [inboxWaiting, { group }, status.waiting],
      [inboxRetrying, { group }, status.retrying],
      [inboxAge, { group }, status.oldestWaitingSeconds ?? 0],
      [inboxDead, { group }, status.dead],
    ];
  });
  // Apart, since Redis may be down while the database answers.
  const streams = sampled(async () => {
    const ofGroup = STREAMS.filter((stream) => GROUPS[stream].includes(group));
    const states = await Promise.all(
      ofGroup.map(async (stream) => ({
        stream,
        state: (await groupsOf(redis, stream)).find(({ name }) => name === group),
      })),
    );
    return states.flatMap(({ stream, state }) => [
      // Redis cannot always tell the lag.
      ...(state && state.lag !== null ? [[streamLag, { stream, group }, state.lag] as const] : []),
      ...(state ? [[streamPending, { stream, group }, state.pending] as const] : []),
    ]);
  });
  return [inbox, streams];
}
