import { registry } from '@libs/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';

export const rootFields = new Counter({
  name: 'vaga_root_fields_total',
  help: 'Root fields of executed operations, by whether the answer has an error at or below them.',
  labelNames: ['field', 'outcome'],
  registers: [registry],
});
export const queryPlans = new Counter({
  name: 'vaga_query_plans_total',
  help: 'Query plans by their origin: hit (of the cache) or miss (planned anew).',
  labelNames: ['result'],
  registers: [registry],
});
export const rateLimitRefusals = new Counter({
  name: 'vaga_rate_limited_total',
  help: 'Refused requests by the limit that they exceed: address, user, key, tenant, passwords or sessions.',
  labelNames: ['limit'],
  registers: [registry],
});
export const subscriptions = new Counter({
  name: 'vaga_subscriptions_total',
  help: 'Requested subscriptions by outcome: ok, refused, unavailable or error.',
  labelNames: ['outcome'],
  registers: [registry],
});
export const subscribers = new Gauge({
  name: 'vaga_subscribers',
  help: 'Subscriptions of clients.',
  registers: [registry],
});
export const subscriptionExecutions = new Gauge({
  name: 'vaga_subscription_executions',
  help: 'Executions that the subscriptions share.',
  registers: [registry],
});
export const subscriptionAnswers = new Counter({
  name: 'vaga_subscription_answers_total',
  help: 'Answers sent to subscribers: live, or replayed to one that has reconnected.',
  labelNames: ['kind'],
  registers: [registry],
});
export const subscribersCut = new Counter({
  name: 'vaga_subscribers_cut_total',
  help: 'Connections that were cut because their client does not read.',
  registers: [registry],
});
