/**
 * A relay or consumer in its own process, which a test can kill. The argument is an `EventProcess` as JSON. Sends 'ready' over IPC
 * and exits with its parent.
 */
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { startConsumer } from '@libs/events/consumer/consumer';
import { startRelay } from '@libs/events/relay/relay';
import { createLog } from '@libs/telemetry/log';
import { recordingReactionsThatFailOnPoison, type EventProcess } from './eventEffects.ts';
import { runKillable } from './killableProcess.ts';

/** Short, so that tests soon see dead events. */
const RETRY_DELAYS_MS = [50, 100, 200, 400];
const CONNECTIONS = 8;

runKillable(({ role, name, databaseUrl, redisUrl }: EventProcess) => {
  const log = createLog(name, 'fatal');
  const db = connect(databaseUrl, { name, max: CONNECTIONS });
  const redis = connectRedis(redisUrl, { name, log });
  if (role === 'relay') {
    startRelay({ db, redis, log });
  } else {
    const reactions = recordingReactionsThatFailOnPoison(name);
    startConsumer({ db, redis, log, group: 'user-service', reactions, retryDelaysMs: RETRY_DELAYS_MS });
  }
});
