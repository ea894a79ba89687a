import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { effectiveRules } from '@libs/directory/bookingRules';
import type { TenantProfile } from '@libs/directory/tenants';
import type { Context } from '../context.ts';
import { resourceIdsOf } from './allocations/demands.ts';
import type { CancellationContext } from './status.ts';

/** The longest cancellation window of what the booking occupies. A resource that is unknown by now has the tenant's. */
export async function cancellationContextOf(
  ctx: Context,
  row: BookingRow,
  { settings }: Pick<TenantProfile, 'settings'>,
): Promise<CancellationContext> {
  const tenantId = tenantOfRow(row);
  const resources = await Promise.all(resourceIdsOf(row).map((id) => ctx.directory.resource(tenantId, id)));
  const hours = resources.map((resource) =>
    resource ? effectiveRules(settings, resource.rules).cancellationHours : settings.cancellationHours,
  );
  return { now: ctx.now, rules: { cancellationHours: Math.max(...hours) } };
}
