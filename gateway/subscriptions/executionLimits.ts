/** Limits on executions: a few clients must not take all that this process and the subgraphs have. */
import { isKnown, tenantIdOf } from '@libs/auth/caller';
import { ApiError, unavailable } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import { clientOf } from '../limits/networks.ts';

/** In executions of this process, which takes as many as a subgraph's does. */
const MAX_EXECUTIONS = 10_000;
/**
 * Of one user, API key or network without a session: twenty tabs of 25 different subscriptions, or a hundred visitors behind one address (as
 * many as may connect by default) with five each. Equal ones share an execution.
 */
export const MAX_EXECUTIONS_PER_CLIENT = 500;
/** Of one tenant, and of all callers without a session together: the other half is for the others. */
export const MAX_EXECUTIONS_PER_GROUP = MAX_EXECUTIONS / 2;

type Client = Pick<GatewayContext, 'caller' | 'ip'>;

export type ExecutionLimits = {
  /** RATE_LIMITED where a client or its tenant has too many executions, SERVICE_UNAVAILABLE where others leave none. */
  assertCanStart(client: Client): void;
  /** Counts an execution until the returned function is called. */
  count(client: Client): () => void;
};

type Counter = { key: string; max: number; refusal: () => ApiError };

const tooMany = (): ApiError => new ApiError('RATE_LIMITED', 'api.rateLimited');
const full = (): ApiError => unavailable(new Error('too many executions run'));

function countersOf({ caller, ip }: Client): Counter[] {
  const tenantId = tenantIdOf(caller);
  const counters: Counter[] = [
    { key: 'all', max: MAX_EXECUTIONS, refusal: full },
    { key: `client:${clientOf({ caller, ip })}`, max: MAX_EXECUTIONS_PER_CLIENT, refusal: tooMany },
  ];
  if (tenantId) counters.push({ key: `tenant:${tenantId}`, max: MAX_EXECUTIONS_PER_GROUP, refusal: tooMany });
  if (!isKnown(caller)) counters.push({ key: 'anonymous', max: MAX_EXECUTIONS_PER_GROUP, refusal: full });
  return counters;
}

export function limitExecutions(): ExecutionLimits {
  const counts = new Map<string, number>();
  const add = (key: string, change: number): void => {
    const count = (counts.get(key) ?? 0) + change;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  };
  return {
    assertCanStart(client) {
      for (const { key, max, refusal } of countersOf(client))
        if ((counts.get(key) ?? 0) >= max) throw refusal();
    },
    count(client) {
      const keys = countersOf(client).map(({ key }) => key);
      for (const key of keys) add(key, 1);
      return () => {
        for (const key of keys.splice(0)) add(key, -1);
      };
    },
  };
}
