import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { effectiveRules } from '@libs/directory/bookingRules';
import type { TenantProfile } from '@libs/directory/tenants';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { managesBookings } from './access.ts';
import { resourceIdsOf } from './allocations/demands.ts';
import { fieldOfWanted, type WantedResource } from './wanted.ts';

/**
 * INVALID_TRANSITION for each resource that requires an approval, if the booking was confirmed without one and would move there: CONFIRMED
 * cannot become PENDING again (docs/decisions/0052-moves-that-need-an-approval.md). None for callers who manage bookings.
 */
export async function approvalRefusals(
  ctx: Context,
  row: BookingRow,
  { settings }: Pick<TenantProfile, 'settings'>,
  wanted: readonly WantedResource[],
): Promise<Refusal[]> {
  if (row.status !== 'CONFIRMED' || managesBookings(ctx.caller)) return [];
  const tenantId = tenantOfRow(row);
  const requiresApproval = async (id: string): Promise<boolean> => {
    const resource = await ctx.directory.resource(tenantId, id);
    return resource !== undefined && !effectiveRules(settings, resource.rules).autoConfirm;
  };
  const before = await Promise.all(resourceIdsOf(row).map(requiresApproval));
  if (before.includes(true)) return [];
  const after = await Promise.all(wanted.map(({ resourceId }) => requiresApproval(resourceId)));
  return wanted
    .filter((_, index) => after[index])
    .map((one) =>
      refusal(
        'INVALID_TRANSITION',
        'booking.moveRequiresApproval',
        fieldOfWanted(one, ['input', 'resourceId']),
      ),
    );
}
