/** What an update asks for, beside the booking as it is. */
import type { BookingRow, StoredResource } from '@drizzle/booking/tables';
import type { Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { UpdateBookingInput } from '../generated.ts';
import { wantedRefusals, wantedResources, type WantedResource } from './wanted.ts';

export type Wishes = Pick<
  BookingRow,
  'resourceId' | 'clientId' | 'startTime' | 'endTime' | 'notes' | 'metadata'
> & {
  /** The booking's own resource first. */
  wanted: WantedResource[];
};

/** `clientId`: the new client, if the input names one. `zone`: the tenant's. */
export function wishesOf(
  row: BookingRow,
  input: UpdateBookingInput,
  clientId: string | undefined,
  zone: string,
): Wishes {
  return {
    resourceId: input.resourceId ?? row.resourceId,
    clientId: clientId ?? row.clientId,
    startTime: input.startTime ? toInstant(input.startTime, zone) : row.startTime,
    endTime: input.endTime ? toInstant(input.endTime, zone) : row.endTime,
    notes: input.notes === undefined ? row.notes : input.notes,
    metadata: input.metadata ?? row.metadata,
    wanted: wantedAfter(row, input),
  };
}

export const wantedAfter = (
  row: Pick<BookingRow, 'resourceId' | 'seats' | 'additionalResources'>,
  input: Pick<UpdateBookingInput, 'resourceId' | 'seats' | 'additionalResources'>,
): WantedResource[] =>
  wantedResources({
    resourceId: input.resourceId ?? row.resourceId,
    seats: input.seats ?? row.seats,
    additionalResources: input.additionalResources ?? row.additionalResources,
  });

/** INVALID, for what `wantedAfter` returned. */
export const wantedRefusalsAfter = (
  wanted: readonly WantedResource[],
  { additionalResources }: Pick<UpdateBookingInput, 'additionalResources'>,
): Refusal[] => wantedRefusals(wanted, { keepsAdditional: additionalResources == null });

const seatsByResource = (resources: readonly Pick<StoredResource, 'resourceId' | 'seats'>[]): string =>
  resources
    .map(({ resourceId, seats }) => `${resourceId} ${seats}`)
    .toSorted()
    .join();

/** Another time or other resources. */
export function isMove(row: BookingRow, { resourceId, startTime, endTime, wanted }: Wishes): boolean {
  const [, ...additional] = wanted;
  return (
    row.resourceId !== resourceId ||
    !row.startTime.equals(startTime) ||
    !row.endTime.equals(endTime) ||
    seatsByResource(row.additionalResources ?? []) !== seatsByResource(additional)
  );
}

/** Whether it gives seats back, and changes nothing else of what it occupies. */
export const isReleasing = (row: BookingRow, wishes: Wishes): boolean =>
  seatsGained(row, wishes) < 0 && !isMove(row, wishes);

/** How many seats of its own resource the booking gets more, or gives back. */
export const seatsGained = (row: BookingRow, { wanted }: Wishes): number => wanted[0]!.seats - row.seats;
