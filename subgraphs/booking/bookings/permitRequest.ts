/** The beginning of every request for a time: who books what for whom, and whether it is a repetition. */
import { idOfCaller, requireKnownCaller } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { BookingOverrideInput, ResourceNeedInput } from '../generated.ts';
import { canBookFor, requireBooker } from './access.ts';
import { keyRefusals, type KeyedRequest } from './idempotency/idempotency.ts';
import type { People } from './judgeRequest.ts';
import { bookingOverrideRefusals, wantedRefusals, wantedResources, type WantedResource } from './wanted.ts';

export type PermittedRequest = People & { tenantId: TenantId; wanted: readonly WantedResource[] };

type RequestInput = {
  tenantId?: string | null | undefined;
  userId?: string | null | undefined;
  clientId?: string | null | undefined;
  /** Missing: INVALID. */
  resourceId?: string | null | undefined;
  seats?: number | null | undefined;
  additionalResources?: readonly ResourceNeedInput[] | null | undefined;
  override?: BookingOverrideInput | null | undefined;
  idempotencyKey?: string | null | undefined;
};

/** Throws UNAUTHENTICATED and FORBIDDEN. Refuses a missing user alone, and then malformed keys, overrides and resources. */
export function permitRequest(ctx: Context, input: RequestInput): Outcome<PermittedRequest> {
  const caller = requireBooker(ctx.caller);
  const tenantId = tenantFor(caller, input.tenantId);
  const userId = input.userId ?? (caller.kind === 'user' ? caller.userId : null);
  if (userId === null) {
    return refusedFor(tenantId, refusal('INVALID', 'booking.userNeeded', ['input', 'userId']));
  }
  if (!canBookFor(userId, caller)) throw forbidden();
  const wanted = wantedResources({ ...input, resourceId: input.resourceId ?? '' });
  const malformed = [
    ...keyRefusals(input.idempotencyKey),
    ...bookingOverrideRefusals(input.override, caller),
    ...wantedRefusals(wanted),
  ];
  if (malformed.length > 0) return refusedFor(tenantId, ...malformed);
  return done({ userId, clientId: input.clientId ?? userId, tenantId, wanted });
}

/** Null without a key. For an unknown tenant, which is refused later, times are compared in UTC. */
export async function keyedRequest(
  ctx: Context,
  tenantId: TenantId,
  key: string | null | undefined,
  hashOf: (zone: string) => string,
): Promise<KeyedRequest | null> {
  if (key == null) return null;
  const zone = (await ctx.directory.tenant(tenantId))?.settings.timezone ?? 'UTC';
  return { key, callerId: idOfCaller(requireKnownCaller(ctx.caller)), inputHash: hashOf(zone), now: ctx.now };
}
