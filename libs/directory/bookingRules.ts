/** The booking rules that a resource may have of its own in place of the tenant's. Value ranges: `ruleRanges.ts`. */

/** The contract's BookingRules: the rules in force for a resource. */
export type BookingRules = {
  /** Minutes. */
  bookingInterval: number;
  /** Days. */
  advanceBookingDays: number;
  /** Elapsed minutes. */
  minimumNoticeMinutes: number;
  /** A multiple of bookingInterval. */
  minDurationMinutes: number;
  /** Null: as long as the hours allow. */
  maxDurationMinutes: number | null;
  bufferBeforeMinutes: number;
  bufferAfterMinutes: number;
  /** Hours. */
  cancellationHours: number;
  autoConfirm: boolean;
  /** Null: a request waits for a decision until somebody makes one. */
  approvalHours: number | null;
};

/** The tenant's; minDurationMinutes null: one booking interval. */
export type TenantBookingRules = Omit<BookingRules, 'minDurationMinutes'> & {
  minDurationMinutes: number | null;
};

/** The contract's ResourceRules; null: the tenant's. */
export type ResourceBookingRules = { [Name in keyof BookingRules]: BookingRules[Name] | null };

/** A tenant's rules that were never set. */
export const DEFAULT_BOOKING_RULES: TenantBookingRules = {
  bookingInterval: 30,
  advanceBookingDays: 30,
  minimumNoticeMinutes: 0,
  minDurationMinutes: null,
  maxDurationMinutes: null,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  cancellationHours: 24,
  autoConfirm: false,
  approvalHours: null,
};

/** A resource that follows the tenant in everything. */
export const NO_OWN_RULES: ResourceBookingRules = {
  bookingInterval: null,
  advanceBookingDays: null,
  minimumNoticeMinutes: null,
  minDurationMinutes: null,
  maxDurationMinutes: null,
  bufferBeforeMinutes: null,
  bufferAfterMinutes: null,
  cancellationHours: null,
  autoConfirm: null,
  approvalHours: null,
};

/** The resource's own rules where it has them, the tenant's otherwise. */
export function effectiveRules(tenant: TenantBookingRules, own: ResourceBookingRules): BookingRules {
  const bookingInterval = own.bookingInterval ?? tenant.bookingInterval;
  const shortest = own.minDurationMinutes ?? tenant.minDurationMinutes ?? bookingInterval;
  return {
    bookingInterval,
    advanceBookingDays: own.advanceBookingDays ?? tenant.advanceBookingDays,
    minimumNoticeMinutes: own.minimumNoticeMinutes ?? tenant.minimumNoticeMinutes,
    // The tenant's minimum need not fit the resource's own interval.
    minDurationMinutes: Math.ceil(shortest / bookingInterval) * bookingInterval,
    maxDurationMinutes: own.maxDurationMinutes ?? tenant.maxDurationMinutes,
    bufferBeforeMinutes: own.bufferBeforeMinutes ?? tenant.bufferBeforeMinutes,
    bufferAfterMinutes: own.bufferAfterMinutes ?? tenant.bufferAfterMinutes,
    cancellationHours: own.cancellationHours ?? tenant.cancellationHours,
    autoConfirm: own.autoConfirm ?? tenant.autoConfirm,
    approvalHours: own.approvalHours ?? tenant.approvalHours,
  };
}
