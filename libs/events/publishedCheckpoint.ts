/**
 * The checkpoint of the last outbox row published to Redis. It is stored there, so that it is as old as the streams.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { isUuid } from '@libs/db/ids';
import type { Checkpoint } from './history.ts';
import { isOutboxPosition } from './outbox.ts';

/**
 * Earlier releases keep a bare position under `vaga:outbox:<id>`; while both run, each publishes by its own key.
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
