import { days } from '@libs/runtime/env';
import { z } from 'zod';
import { MAX_LIMITS, PLAN_LIMITS, withLimits, type PlanLimits } from './tenants/planLimits.ts';

const limit = (max: number) => z.int().min(0).max(max).optional();
const someLimits = z
  .strictObject({
    resources: limit(MAX_LIMITS.resources),
    users: limit(MAX_LIMITS.users),
    webhooks: limit(MAX_LIMITS.webhooks),
    apiKeys: limit(MAX_LIMITS.apiKeys),
    categories: limit(MAX_LIMITS.categories),
  })
  .default({});

/** The subgraph's own variables. */
export const tenantVariables = {
  AUDIT_KEPT_DAYS: days(730),
  /** JSON, such as `{"BASIC": {"users": 500}}`; what it does not name keeps its default. */
  PLAN_LIMITS: z
    .string()
    .default('{}')
    .transform((text, ctx): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        ctx.addIssue('expected JSON');
        return z.NEVER;
      }
    })
    .pipe(z.strictObject({ BASIC: someLimits, PROFESSIONAL: someLimits, ENTERPRISE: someLimits }))
    .transform(({ BASIC, PROFESSIONAL, ENTERPRISE }): PlanLimits => ({
      BASIC: withLimits(PLAN_LIMITS.BASIC, BASIC),
      PROFESSIONAL: withLimits(PLAN_LIMITS.PROFESSIONAL, PROFESSIONAL),
      ENTERPRISE: withLimits(PLAN_LIMITS.ENTERPRISE, ENTERPRISE),
    })),
};
