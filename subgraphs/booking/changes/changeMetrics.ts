import { registry } from '@libs/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';

export const changeFollowers = new Gauge({
  name: 'vaga_change_followers',
  help: 'Subscriptions to bookings that this process serves; each may be shared by many clients.',
  registers: [registry],
});
export const changesReplayed = new Counter({
  name: 'vaga_changes_replayed_total',
  help: 'Past changes that were read for subscriptions that resume.',
  registers: [registry],
});
export const changesDropped = new Counter({
  name: 'vaga_changes_dropped_total',
  help: 'Changes that a subscription left unread until it was ended; its client resumes by its cursor.',
  registers: [registry],
});
