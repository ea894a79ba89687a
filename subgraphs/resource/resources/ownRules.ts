/** The booking rules that a resource has of its own. */
import type { StoredRules } from '@drizzle/resource/tables';
import {
  effectiveRules,
  NO_OWN_RULES,
  type ResourceBookingRules,
  type TenantBookingRules,
} from '@libs/directory/bookingRules';
import { durationRefusals, rangeRefusals, RULE_RANGES } from '@libs/directory/ruleRanges';
import type { Refusal } from '@libs/outcome/outcome';
import type { ResourceRulesInput } from '../generated.ts';

export const rulesOf = (stored: StoredRules): ResourceBookingRules => ({ ...NO_OWN_RULES, ...stored });

/** Merges an update that `ruleRefusals` passed; null removes a rule. */
export function withRules(stored: StoredRules, input: ResourceRulesInput | null | undefined): StoredRules {
  const given = Object.entries(input ?? {}).filter(([, value]) => value !== undefined);
  const merged = { ...stored, ...Object.fromEntries(given) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** Durations must fit the grid in force, and leave one that is neither too short nor too long. */
export function ruleRefusals(
  stored: StoredRules,
  input: ResourceRulesInput | null | undefined,
  tenant: TenantBookingRules,
  path: string[],
): Refusal[] {
  if (!input) return [];
  const outOfRange = rangeRefusals(input, RULE_RANGES, path);
  if (outOfRange.length > 0) return outOfRange;
  const own = rulesOf(withRules(stored, input));
  return durationRefusals(input, own, effectiveRules(tenant, own), path);
}
