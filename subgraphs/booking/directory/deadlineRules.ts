/** Tenants' settings for deadlines, read from the tenant subgraph for many at once, and not from the settings cache. */
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import { z } from 'zod';

const tenantSchema = z.object({
  id: z.uuid(),
  isActive: z.boolean(),
  settings: z.object({ reminderHours: z.array(z.number()), completeAutomatically: z.boolean() }),
});
const FIELDS = '{ id isActive settings { reminderHours completeAutomatically } }';

type Rules = z.output<typeof tenantSchema>['settings'];

/** By tenant, without those that do not exist. An inactive tenant sends no reminders. */
export const deadlineRulesSource =
  (tenant: SubgraphClient) =>
  async (tenantIds: readonly string[]): Promise<Map<string, Rules>> => {
    const found = await tenant.entities<unknown>('Tenant', FIELDS, tenantIds);
    const tenants = found.filter((one) => one !== null).map((one) => tenantSchema.parse(one));
    return new Map(
      tenants.map(({ id, isActive, settings }) => [
        id,
        isActive ? settings : { ...settings, reminderHours: [] },
      ]),
    );
  };
