import { acquireLocks, LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import type { DeadlineRules } from './rules.ts';
import {
  addApprovalsOfAllTenants,
  addCompletionsOfAllTenants,
  addRemindersOfAllTenants,
  APPROVALS_PER_SEARCH,
  tenantsWithBookingsOfAllTenants,
  updateReminderProgressOfAllTenants,
} from './searchStore.ts';

/** The rules of tenants that want reminders or completions. */
export type RulesByTenant = ReadonlyMap<string, DeadlineRules>;
/** Asks the tenant subgraph; leaves out tenants that do not exist. Throws SERVICE_UNAVAILABLE. */
export type RulesSource = (tenantIds: readonly string[]) => Promise<RulesByTenant>;

/** Each request to the tenant subgraph. */
const TENANTS_PER_REQUEST = 100;
/** How often tenants' rules are read: reminders that were due between a tenant's wish and its discovery are sent too. */
export const RULES_EVERY_MS = 30_000;

/** Reads the rules of all tenants that have bookings; keeps those that ask for something. */
export async function readRules(db: Db, source: RulesSource, now: Temporal.Instant): Promise<RulesByTenant> {
  const ids = await tenantsWithBookingsOfAllTenants(db);
  const wanted = new Map<string, DeadlineRules>();
  for (let from = 0; from < ids.length; from += TENANTS_PER_REQUEST) {
    for (const [id, rules] of await source(ids.slice(from, from + TENANTS_PER_REQUEST))) {
      if (rules.completeAutomatically || rules.reminderHours.length > 0) wanted.set(id, rules);
    }
  }
  const reminders = [...wanted].flatMap(([tenantId, { reminderHours }]) =>
    reminderHours.map((hours) => ({ tenantId, hours })),
  );
  const since = now.subtract({ milliseconds: RULES_EVERY_MS });
  await inTransaction(db, async (tx) => {
    await acquireLocks(tx, LOCK_KEYS.dueSearch);
    await updateReminderProgressOfAllTenants(tx, reminders, since);
  });
  return wanted;
}

/**
 * Adds a row for everything that has become due; one process at a time. Without rules, only approvals, whose deadline is the booking's
 * own. Returns how many were added, and whether there may be more.
 */
export function searchDue(
  db: Db,
  rules: RulesByTenant | undefined,
  now: Temporal.Instant,
): Promise<{ added: number; isMore: boolean }> {
  return inTransaction(db, async (tx) => {
    if (!(await tryAcquireLock(tx, LOCK_KEYS.dueSearch))) return { added: 0, isMore: false };
    const approvals = await addApprovalsOfAllTenants(tx, now);
    const isMore = approvals === APPROVALS_PER_SEARCH;
    if (!rules || rules.size === 0) return { added: approvals, isMore };
    const completing = [...rules].filter(([, one]) => one.completeAutomatically).map(([id]) => id);
    const reminders = await addRemindersOfAllTenants(tx, now);
    const completions = completing.length > 0 ? await addCompletionsOfAllTenants(tx, completing, now) : 0;
    return { added: approvals + reminders + completions, isMore };
  });
}
