import { DURATION_BUCKETS, registry } from '@libs/telemetry/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';

export const deliveries = new Counter({
  name: 'vaga_webhook_deliveries_total',
  help: 'Attempts by result: succeeded, retried (it failed, and is tried again), failed (given up) or released (the process stops).',
  labelNames: ['result'],
  registers: [registry],
});
export const unreadableSecrets = new Counter({
  name: 'vaga_webhook_secrets_unreadable_total',
  help: 'Attempts that were not made because the secret could not be decrypted.',
  registers: [registry],
});
export const deliveryDuration = new Histogram({
  name: 'vaga_webhook_attempt_duration_seconds',
  help: 'Attempts, from the look-up of the name to the last byte of the answer.',
  buckets: DURATION_BUCKETS,
  registers: [registry],
});
export const webhooksDisabled = new Counter({
  name: 'vaga_webhooks_disabled_total',
  help: 'Webhooks that were disabled by reason: gone or failing.',
  labelNames: ['reason'],
  registers: [registry],
});
export const webhooksFailing = new Gauge({
  name: 'vaga_webhooks_failing',
  help: 'Active webhooks whose last attempt failed.',
  registers: [registry],
});
