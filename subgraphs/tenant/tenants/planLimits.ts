/** How much of each kind a tenant may have: by its plan, unless the platform has set a limit of its own. Pure. */
import type { StoredLimits, TenantRow } from '@drizzle/tenant/tables';
import { LIMITED_KINDS, type TenantLimits } from '@libs/outcome/tenantLimits';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { TenantLimitsInput } from '../generated.ts';

export type PlanLimits = Readonly<Record<TenantRow['plan'], TenantLimits>>;

export const PLAN_LIMITS: PlanLimits = {
  BASIC: { resources: 50, users: 2_000, webhooks: 10, apiKeys: 2, categories: 20 },
  PROFESSIONAL: { resources: 500, users: 50_000, webhooks: 50, apiKeys: 20, categories: 100 },
  ENTERPRISE: { resources: 10_000, users: 1_000_000, webhooks: 100, apiKeys: 50, categories: 1_000 },
};

/** What API keys and webhooks are built for, whatever the plan. */
export const MAX_LIMITS: TenantLimits = {
  resources: 1_000_000,
  users: 10_000_000,
  webhooks: 100,
  apiKeys: 50,
  categories: 100_000,
};

export const withLimits = (limits: TenantLimits, own: object): TenantLimits => ({ ...limits, ...own });

export const limitsOf = (
  { plan, limits }: Pick<TenantRow, 'plan' | 'limits'>,
  plans: PlanLimits,
): TenantLimits => withLimits(plans[plan], limits);

/** The tenant's own limits after a change; null returns a limit, or all of them, to the plan's. */
export function changedLimits(own: StoredLimits, input: TenantLimitsInput | null | undefined): StoredLimits {
  if (input === undefined) return own;
  if (input === null) return {};
  const changed: StoredLimits = {};
  for (const kind of LIMITED_KINDS) {
    const limit = input[kind] === undefined ? own[kind] : input[kind];
    if (limit != null) changed[kind] = limit;
  }
  return changed;
}

/** INVALID for each limit that is out of range. */
export const ownLimitRefusals = (input: TenantLimitsInput | null | undefined): Refusal[] =>
  LIMITED_KINDS.flatMap((kind) => {
    const [limit, max] = [input?.[kind], MAX_LIMITS[kind]];
    const isInRange = limit == null || (limit >= 0 && limit <= max);
    return isInRange
      ? []
      : [refusal('INVALID', 'tenant.limitOutOfRange', ['input', 'limits', kind], { min: 0, max })];
  });
