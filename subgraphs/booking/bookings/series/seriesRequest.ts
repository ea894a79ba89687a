/** What callers ask of a series, and what they get. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { TenantProfile } from '@libs/directory/tenants';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import type { LeftOutOccurrence } from '../skipConflicts.ts';

/** Neither is locked yet. */
export type SeriesRequest = { tenantId: TenantId; booking: BookingRow; series: SeriesRow };

/** `occupies`: the resources to lock, if the change may move occurrences, or give one of a class to another client. */
export type GatheredSeries = { tenant: TenantProfile; occupies: string[] };

/** The contract's BookingSeriesPayload. */
export type ChangedSeries = {
  series: SeriesRow;
  /** By start. */
  bookings: BookingRow[];
  /** By start. */
  skipped: LeftOutOccurrence[];
};

/** Whether the input may change what occurrences occupy. */
export const mayMoveSeries = (input: UpdateBookingSeriesInput): boolean => {
  const { resourceId, startTime, endTime, seats, additionalResources, includeExceptions } = input;
  return (
    includeExceptions === true ||
    [resourceId, startTime, endTime, seats, additionalResources].some((value) => value != null)
  );
};

/** The resources that the input names. */
export const wantedIds = ({ resourceId, additionalResources }: UpdateBookingSeriesInput): string[] =>
  [resourceId, ...(additionalResources ?? []).map((one) => one.resourceId)].flatMap((id) => id ?? []);
