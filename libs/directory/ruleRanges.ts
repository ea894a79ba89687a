/** The values that booking rules may have, for tenants and resources alike. */
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { BookingRules, ResourceBookingRules } from './bookingRules.ts';

/** Inclusive. */
export type ValueRange = { min: number; max: number };

const DAY_MINUTES = 24 * 60;
const MIN_INTERVAL_MINUTES = 5;
/** 31 days, the longest that a booking may be. */
const MAX_DURATION_MINUTES = 31 * DAY_MINUTES;
const MAX_NOTICE_MINUTES = 30 * DAY_MINUTES;
const MAX_BUFFER_MINUTES = 480;
const MAX_ADVANCE_DAYS = 730;
const MAX_HOURS = 720;

type NumericRule = Exclude<keyof BookingRules, 'autoConfirm'>;

/** In the unit that the name has; bookingInterval in minutes. */
export const RULE_RANGES = {
  bookingInterval: { min: MIN_INTERVAL_MINUTES, max: DAY_MINUTES },
  advanceBookingDays: { min: 1, max: MAX_ADVANCE_DAYS },
  minimumNoticeMinutes: { min: 0, max: MAX_NOTICE_MINUTES },
  minDurationMinutes: { min: MIN_INTERVAL_MINUTES, max: MAX_DURATION_MINUTES },
  maxDurationMinutes: { min: MIN_INTERVAL_MINUTES, max: MAX_DURATION_MINUTES },
  bufferBeforeMinutes: { min: 0, max: MAX_BUFFER_MINUTES },
  bufferAfterMinutes: { min: 0, max: MAX_BUFFER_MINUTES },
  cancellationHours: { min: 0, max: MAX_HOURS },
  approvalHours: { min: 1, max: MAX_HOURS },
} satisfies Record<NumericRule, ValueRange>;

/** Absent and null values pass. */
export function rangeRefusals<Field extends string>(
  values: { readonly [Name in NoInfer<Field>]?: number | null | undefined },
  ranges: Readonly<Record<Field, ValueRange>>,
  path: string[],
): Refusal[] {
  return (Object.keys(ranges) as Field[]).flatMap((field) => {
    const value = values[field];
    const { min, max } = ranges[field];
    return value == null || (value >= min && value <= max)
      ? []
      : [refusal('INVALID', 'shared.outOfRange', [...path, field], { field, min, max })];
  });
}

const DURATIONS = ['minDurationMinutes', 'maxDurationMinutes'] as const;
type GridRule = 'bookingInterval' | (typeof DURATIONS)[number];

/**
 * Durations that do not fit the grid or each other, at the field that was given. `own` are the rules as they would be, `effective`
 * those that would be in force. An input that has none of the three changes nothing about them.
 */
export function durationRefusals(
  given: { readonly [Name in GridRule]?: number | null | undefined },
  own: Pick<ResourceBookingRules, GridRule>,
  effective: Pick<BookingRules, GridRule>,
  path: string[],
): Refusal[] {
  const isGiven = (field: GridRule) => given[field] !== undefined;
  const interval = effective.bookingInterval;
  const offGrid = DURATIONS.filter((field) => (own[field] ?? 0) % interval !== 0);
  const blamed = new Set<GridRule>();
  for (const field of offGrid) {
    // One that was off the grid before does not prevent other changes.
    if (isGiven(field)) blamed.add(field);
    else if (isGiven('bookingInterval')) blamed.add('bookingInterval');
  }
  if (blamed.size > 0) {
    return [...blamed].map((field) =>
      refusal('INVALID', 'shared.durationOffGrid', [...path, field], { interval }),
    );
  }
  const { minDurationMinutes: min, maxDurationMinutes: max } = effective;
  if (max === null || min <= max) return [];
  const field = (['maxDurationMinutes', 'minDurationMinutes', 'bookingInterval'] as const).find(isGiven);
  return field ? [refusal('INVALID', 'shared.durationsReversed', [...path, field], { min, max })] : [];
}
