/** A consumer of the audit trail, for `startKillable` with an `AuditProcess`. */
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { startConsumer } from '@libs/events/consumer/consumer';
import { createLog } from '@libs/telemetry/log';
import { runKillable } from '@libs/testing/killableProcess';
import { auditReactions } from './recordEntries.ts';

export type AuditProcess = { databaseUrl: string; redisUrl: string };

runKillable(({ databaseUrl, redisUrl }: AuditProcess) => {
  const log = createLog('killed', 'fatal');
  const db = connect(databaseUrl, { name: 'killed', max: 8 });
  const redis = connectRedis(redisUrl, { name: 'killed', log });
  startConsumer({ group: 'audit', reactions: auditReactions(730), db, redis, log });
});
