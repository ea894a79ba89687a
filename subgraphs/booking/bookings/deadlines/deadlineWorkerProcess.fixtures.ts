/** A deadline worker, for `startKillable` with a `DeadlineWorkerProcess`. */
import { connect } from '@libs/db/connect';
import { createLog } from '@libs/telemetry/log';
import { runKillable } from '@libs/testing/killableProcess';
import { DEADLINE_CONNECTIONS, startDeadlineWorker } from './deadlineWorker.ts';
import type { DeadlineRules } from './rules.ts';

/** Every tenant has the same rules. */
export type DeadlineWorkerProcess = { databaseUrl: string; rules: DeadlineRules };

/** Short, so that the claims of a killed worker soon end. */
const LEASE_MS = 1_500;

runKillable(({ databaseUrl, rules }: DeadlineWorkerProcess) => {
  startDeadlineWorker({
    db: connect(databaseUrl, { name: 'killed', max: DEADLINE_CONNECTIONS }),
    rulesOf: async (ids) => new Map(ids.map((id) => [id, rules])),
    log: createLog('killed', 'fatal'),
    leaseMs: LEASE_MS,
  });
});
