import { Redis } from 'ioredis';

/** Over a connection of its own to a local server, which may not answer: then it rejects. */
export async function askRedis<T>(port: number, command: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await command(redis);
  } finally {
    redis.disconnect();
  }
}
