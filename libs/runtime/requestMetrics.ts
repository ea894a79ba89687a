import { DURATION_BUCKETS, registry } from '@libs/telemetry/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';

export const httpDuration = new Histogram({
  name: 'vaga_http_request_duration_seconds',
  help: 'HTTP requests by route and status. Without subscriptions, which last.',
  labelNames: ['method', 'route', 'status'],
  buckets: DURATION_BUCKETS,
  registers: [registry],
});
export const operationDuration = new Histogram({
  name: 'vaga_graphql_request_duration_seconds',
  help: 'GraphQL requests by operation (of a subgraph: by root field) and by the class of their fields.',
  labelNames: ['operation', 'class'],
  buckets: DURATION_BUCKETS,
  registers: [registry],
});
export const operations = new Counter({
  name: 'vaga_graphql_requests_total',
  help: 'GraphQL requests by operation, class, and outcome: ok, refused, unavailable, error, aborted or shed.',
  labelNames: ['operation', 'class', 'outcome'],
  registers: [registry],
});
export const errors = new Counter({
  name: 'vaga_graphql_errors_total',
  help: 'Errors in answers, by code.',
  labelNames: ['code'],
  registers: [registry],
});
export const requestsShed = new Counter({
  name: 'vaga_requests_shed_total',
  help: 'Requests refused under overload, before any of their work.',
  registers: [registry],
});
export const requestsRunning = new Gauge({
  name: 'vaga_requests_running',
  help: 'Admitted GraphQL requests in progress.',
  registers: [registry],
});
export const requestsQueued = new Gauge({
  name: 'vaga_requests_queued',
  help: 'GraphQL requests that wait for their admission.',
  registers: [registry],
});
