import { DURATION_BUCKETS, registry } from '@libs/telemetry/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';

const DELAY_BUCKETS = [...DURATION_BUCKETS, 30, 60, 300, 1_800];
const registers = [registry];

export const outboxUnpublished = new Gauge({
  name: 'vaga_outbox_unpublished',
  help: 'Committed events that are not in Redis yet.',
  registers,
});
export const outboxAge = new Gauge({
  name: 'vaga_outbox_oldest_unpublished_seconds',
  help: 'Age of the oldest of these; 0 if there is none.',
  registers,
});
export const published = new Counter({
  name: 'vaga_events_published_total',
  help: 'Events that this process sent to Redis.',
  labelNames: ['stream'],
  registers,
});
export const publishDelay = new Histogram({
  name: 'vaga_event_publish_delay_seconds',
  help: 'From the change to its event in Redis.',
  buckets: DELAY_BUCKETS,
  registers,
});
export const streamLag = new Gauge({
  name: 'vaga_event_stream_lag',
  help: 'Entries of the stream that were not delivered to the group.',
  labelNames: ['stream', 'group'],
  registers,
});
export const streamPending = new Gauge({
  name: 'vaga_event_stream_pending',
  help: 'Entries of the stream that the group has not acknowledged.',
  labelNames: ['stream', 'group'],
  registers,
});
export const inboxWaiting = new Gauge({
  name: 'vaga_inbox_waiting',
  help: 'Events that the group has yet to consume, with those that failed.',
  labelNames: ['group'],
  registers,
});
export const inboxRetrying = new Gauge({
  name: 'vaga_inbox_retrying',
  help: 'Events that failed at least once, and are tried again.',
  labelNames: ['group'],
  registers,
});
export const inboxAge = new Gauge({
  name: 'vaga_inbox_oldest_waiting_seconds',
  help: 'Since the oldest of the waiting events occurred; 0 if there is none.',
  labelNames: ['group'],
  registers,
});
export const inboxDead = new Gauge({
  name: 'vaga_inbox_dead',
  help: 'Dead letters: events that failed too often.',
  labelNames: ['group'],
  registers,
});
export const consumed = new Counter({
  name: 'vaga_events_consumed_total',
  help: 'Events by result: ok, retried (it failed, and is tried again) or dead.',
  labelNames: ['group', 'event', 'result'],
  registers,
});
export const consumeDelay = new Histogram({
  name: 'vaga_event_consume_delay_seconds',
  help: 'From the change to its effect.',
  labelNames: ['group'],
  buckets: DELAY_BUCKETS,
  registers,
});
