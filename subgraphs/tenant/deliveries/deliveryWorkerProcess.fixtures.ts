/** A delivery worker, for `startKillable` with a `DeliveryWorkerProcess`. */
import { keyring } from '@libs/auth/keys';
import { connect } from '@libs/db/connect';
import { createLog } from '@libs/telemetry/log';
import { runKillable } from '@libs/testing/killableProcess';
import { secretCipher } from '../webhooks/secrets.ts';
import { startDeliveryWorker } from './deliveryWorker.ts';
import { ssrfGuard } from './ssrfGuard.ts';

export type DeliveryWorkerProcess = { databaseUrl: string };

const TIMEOUT_MS = 1_000;
/** Short, so that the claims of a killed worker soon end. */
const LEASE_MS = 1_500;

runKillable(({ databaseUrl }: DeliveryWorkerProcess) => {
  startDeliveryWorker({
    db: connect(databaseUrl, { name: 'killed', max: 6 }),
    guard: ssrfGuard({ isProduction: false, ownHosts: [] }),
    secrets: secretCipher(keyring('none')),
    log: createLog('killed', 'error'),
    timeoutMs: TIMEOUT_MS,
    leaseMs: LEASE_MS,
  });
});
