import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { CreateClosuresInput } from '../generated.ts';
import { requireClosurePermission } from './access.ts';
import { makeClosures, inactiveTenantRefusals, type ChangedClosures } from './makeClosures.ts';
import { referenceRefusals } from './referenceRefusals.ts';
import { closureRefusals, listRefusals, valuesOf, type ClosureValues } from './rules.ts';

/**
 * Makes all closures or none. Requires canManageResources, and canManageBookings to cancel bookings (else FORBIDDEN). Refuses NOT_FOUND for
 * the tenant, INVALID and NOT_FOUND for the closures, all at once; then TOO_MANY, and CONFLICT with the effect REFUSE.
 */
export async function createClosures(
  ctx: Context,
  input: CreateClosuresInput,
): Promise<Outcome<ChangedClosures>> {
  requireClosurePermission(ctx.caller, input.effect);
  const tenantId = tenantFor(ctx.caller, input.tenantId);
  const tenant = await ctx.directory.tenant(tenantId);
  const unavailable = inactiveTenantRefusals(ctx, tenant);
  if (!tenant || unavailable.length > 0) return refusedFor(tenantId, ...unavailable);

  const values = input.closures.map(valuesOf);
  const refusals = await refusalsOf(ctx, tenantId, values);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return makeClosures(ctx, tenant, values, {
    effect: input.effect ?? 'KEEP',
    limitField: ['input', 'closures'],
  });
}

async function refusalsOf(
  { directory }: Context,
  tenantId: TenantId,
  values: readonly ClosureValues[],
): Promise<Refusal[]> {
  const ofList = listRefusals(values);
  if (ofList.length > 0) return ofList;
  const ofEach = await Promise.all(
    values.map(async (one, index) => {
      const path = ['input', 'closures', String(index)];
      const refusals = closureRefusals(one, path);
      return refusals.length > 0 ? refusals : referenceRefusals(directory, tenantId, one, path);
    }),
  );
  return ofEach.flat();
}
