import { registry } from '@libs/telemetry/metrics';
import { Counter } from 'prom-client';

export const emails = new Counter({
  name: 'vaga_emails_total',
  help: 'Attempts by result: sent, retried, failed, kept (no mail server) or released (the process stops).',
  labelNames: ['result'],
  registers: [registry],
});
