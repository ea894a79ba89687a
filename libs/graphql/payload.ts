/** Turns outcomes into mutations' payloads, and refusals into `userErrors`. */
import type {
  ConflictingBooking,
  ConflictingHold,
  Outcome,
  Refusal,
  UserErrorCode,
} from '@libs/outcome/outcome';
import { message, type Language } from '@libs/outcome/messages';
import type { Temporal } from 'temporal-polyfill';
import { languageFor, type RequestContext } from './context.ts';

export type UserErrorValue = {
  __typename: 'InputError' | 'BookingRuleError' | 'BookingConflictError';
  code: UserErrorCode;
  message: string;
  field: string[] | null;
  startTime?: Temporal.Instant;
  endTime?: Temporal.Instant;
  conflicts?: (Omit<ConflictingBooking, 'resourceId'> & { resource: Reference })[];
  holds?: ConflictingHold[];
  remainingSeats?: number;
  resource?: Reference | null;
};

type Reference = { id: string };

function userError(refusal: Refusal, language: Language): UserErrorValue {
  const { code, field, occurrence, conflict, resourceId } = refusal;
  const common = { code, field, message: message(refusal.key, language, refusal.params) };
  const resource = resourceId === undefined ? null : { id: resourceId };
  if (conflict) {
    const { bookings, holds, remainingSeats } = conflict;
    const conflicts = bookings.map(({ resourceId: own, ...one }) => ({
      ...one,
      resource: { id: (own ?? resourceId)! },
    }));
    return { __typename: 'BookingConflictError', ...common, conflicts, holds, remainingSeats, resource };
  }
  if (occurrence) return { __typename: 'BookingRuleError', ...common, ...occurrence, resource };
  return { __typename: 'InputError', ...common };
}

export async function userErrors(ctx: RequestContext, outcome: Outcome<unknown>): Promise<UserErrorValue[]> {
  if (outcome.ok) return [];
  const language = await languageFor(ctx, outcome.tenantId);
  return outcome.refusals.map((refusal) => userError(refusal, language));
}

/** For example `payload(ctx, 'tenant', await createTenant(ctx, input))`. */
export async function payload<Name extends string, T>(ctx: RequestContext, name: Name, outcome: Outcome<T>) {
  const errors = await userErrors(ctx, outcome);
  return { [name]: outcome.ok ? outcome.value : null, userErrors: errors } as Record<Name, T | null> & {
    userErrors: UserErrorValue[];
  };
}
