/**
 * A relay or consumer in its own process, so that a test can kill it at any point. Its argument is an `EventProcess` as JSON. Sends 'ready'
 * over IPC once it runs, and exits with its parent.
 */
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { startConsumer } from '@libs/events/consumer/consumer';
import { startRelay } from '@libs/events/relay/relay';
import { createLog } from '@libs/telemetry/log';
import { recordingReactionsThatFailOnPoison, type EventProcess } from './eventEffects.ts';

/** Short, so that tests soon see dead events. */
const RETRY_DELAYS_MS = [50, 100, 200, 400];
const CONNECTIONS = 8;

const { role, name, databaseUrl, redisUrl } = JSON.parse(process.argv[2] ?? '') as EventProcess;
const log = createLog(name, 'fatal');
const db = connect(databaseUrl, { name, max: CONNECTIONS });
const redis = connectRedis(redisUrl, { name, log });
if (role === 'relay') {
  startRelay({ db, redis, log });
} else {
  const reactions = recordingReactionsThatFailOnPoison(name);
  startConsumer({ db, redis, log, group: 'user-service', reactions, retryDelaysMs: RETRY_DELAYS_MS });
}
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
