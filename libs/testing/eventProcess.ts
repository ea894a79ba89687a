/**
 * A relay or a consumer as a process of its own, so that a test can kill it at any line. Started with an IPC channel and one argument,
 * an `EventProcess` as JSON; sends 'ready' once it runs, and ends with its parent.
 */
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { startConsumer } from '@libs/events/consumer/consumer';
import { startRelay } from '@libs/events/relay/relay';
import { createLog } from '@libs/telemetry/log';
import { leavingEffectsUnlessPoisoned, type EventProcess } from './eventEffects.ts';

/** Short, so that a test sees what was set aside. */
const RETRY_DELAYS_MS = [50, 100, 200, 400];
const CONNECTIONS = 8;

const { role, name, databaseUrl, redisUrl } = JSON.parse(process.argv[2] ?? '') as EventProcess;
const log = createLog(name, 'fatal');
const db = connect(databaseUrl, { name, max: CONNECTIONS });
const redis = connectRedis(redisUrl, { name, log });
if (role === 'relay') {
  startRelay({ db, redis, log });
} else {
  const reactions = leavingEffectsUnlessPoisoned(name);
  startConsumer({ db, redis, log, group: 'user-service', reactions, retryDelaysMs: RETRY_DELAYS_MS });
}
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
