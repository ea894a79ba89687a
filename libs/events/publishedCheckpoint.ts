/**
 * What Redis says of itself: the checkpoint of the last row of an outbox that it was given, beside the streams, so that it is as old as
 * they are whatever becomes of Redis.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { isUuid } from '@libs/db/ids';
import type { Checkpoint } from './history.ts';
import { isOutboxPosition } from './outbox.ts';

/**
 * The marker's key. `vaga:outbox:<id>` is the one of earlier releases, a position alone: while they run beside this one, each sends by
 * its own marker and consumers drop what comes twice.
 */
export const publishedCheckpointKey = (outboxId: string): string => `vaga:outbox:${outboxId}:sent`;

/** `<position> <event id>`. */
export const formatCheckpoint = ({ position, eventId }: Checkpoint): string => `${position} ${eventId}`;

/** The marker; null where there is none, or something that is no marker. */
export async function readPublishedCheckpoint(
  redis: RedisConnection,
  outboxId: string,
): Promise<Checkpoint | null> {
  const [position = '', eventId = ''] = ((await redis.get(publishedCheckpointKey(outboxId))) ?? '').split(
    ' ',
  );
  return isOutboxPosition(position) && isUuid(eventId) ? { position: BigInt(position), eventId } : null;
}
