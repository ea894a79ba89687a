/**
 * Announces changes of resources, categories and users to the processes that keep them (`entityCache.ts`), by Redis pub/sub. An
 * announcement may be lost: it only makes a change act sooner.
 */
import { openSubscriber, type RedisConnection } from '@libs/cache/redis';

const CHANNEL = 'vaga:directory';

/** Call it between the commit and the response (`tx.afterCommit`). Never rejects. */
export async function announceDirectoryChange(redis: RedisConnection, id: string): Promise<void> {
  await redis.publish(CHANNEL, id).catch(() => {});
}

export type DirectoryListener = {
  onChange(id: string): void;
  /** Announcements may have been missed. */
  onGap(): void;
};

/** Listens on its own connection to the address of `redis`. */
export function followDirectoryChanges(
  redis: RedisConnection,
  { onChange, onGap }: DirectoryListener,
): { stop(): Promise<void> } {
  const subscriber = openSubscriber(redis, 'directory-changes');
  subscriber.on('message', (_channel: string, id: string) => onChange(id));
  subscriber.on('ready', onGap);
  subscriber.subscribe(CHANNEL).catch(() => {});
  return { stop: async () => subscriber.disconnect() };
}
