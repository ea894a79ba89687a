/**
 * The checkpoint of the last outbox row published to Redis. It is stored in Redis, so that a Redis restored to an older state or
 * emptied has a checkpoint that matches its streams.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { isUuid } from '@libs/db/ids';
import type { Checkpoint } from './history.ts';
import { isOutboxPosition } from './outbox.ts';

/**
 * Earlier releases keep a bare position under `vaga:outbox:<id>`. While both run, each publishes by its own key and
 * consumers drop the repeats.
 */
export const publishedCheckpointKey = (outboxId: string): string => `vaga:outbox:${outboxId}:sent`;

/** `<position> <event id>`. */
export const formatCheckpoint = ({ position, eventId }: Checkpoint): string => `${position} ${eventId}`;

/** Null if the key is missing or malformed. */
export async function readPublishedCheckpoint(
  redis: RedisConnection,
  outboxId: string,
): Promise<Checkpoint | null> {
  const [position = '', eventId = ''] = ((await redis.get(publishedCheckpointKey(outboxId))) ?? '').split(
    ' ',
  );
  return isOutboxPosition(position) && isUuid(eventId) ? { position: BigInt(position), eventId } : null;
}
