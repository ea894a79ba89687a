/** The booking that a hold becomes. */
import type { HoldRow } from '@drizzle/booking/tables';
import type { Demand } from '../bookings/allocations/demands.ts';
import type { Candidate } from '../bookings/judgeRequest.ts';
import { newBooking } from '../bookings/newBooking.ts';
import type { NewBooking } from '../bookings/store.ts';
import { wantedResources, type WantedResource } from '../bookings/wanted.ts';
import type { Context } from '../context.ts';
import type { ConfirmHoldInput } from '../generated.ts';

/** The hold's resources, in the form of a request for a booking. */
export const wantedOf = ({ resources }: HoldRow): WantedResource[] => {
  const [own, ...additional] = resources;
  return wantedResources({ ...own!, additionalResources: additional });
};

export function bookingOfHold(
  { now }: Context,
  hold: HoldRow,
  candidates: readonly Candidate[],
  demands: readonly Demand[],
  input: ConfirmHoldInput,
): NewBooking {
  return newBooking(hold, hold, candidates, demands, now, {
    notes: input.notes ?? null,
    metadata: input.metadata ?? {},
    source: hold.source,
    override: hold.override,
    holdId: hold.id,
  });
}
