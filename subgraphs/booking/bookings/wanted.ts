/** The resources that a request wants, and the rules that staff override for it. */
import { requirePermission, type Caller } from '@libs/auth/caller';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { BookingOverrideInput, ResourceNeedInput } from '../generated.ts';
import type { OverridableRule } from '../scheduling/rules.ts';

const MAX_ADDITIONAL_RESOURCES = 4;
const MAX_REASON_CHARACTERS = 500;

export type WantedResource = {
  resourceId: string;
  seats: number;
  /** In `additionalResources`; null: the booking's own. */
  position: number | null;
};

type Wishes = {
  resourceId: string;
  seats?: number | null | undefined;
  additionalResources?: readonly ResourceNeedInput[] | null | undefined;
};

/** The resources of a request that `wantedRefusals` passed. The booking's own resource comes first. */
export function wantedResources({ resourceId, seats, additionalResources }: Wishes): WantedResource[] {
  return [
    { resourceId, seats: seats ?? 1, position: null },
    ...(additionalResources ?? []).map((one, position) => ({
      resourceId: one.resourceId ?? '',
      seats: one.seats ?? 1,
      position,
    })),
  ];
}

const additionalField = (position: number, name: string): string[] => [
  'input',
  'additionalResources',
  String(position),
  name,
];

/** Where errors about the resource belong: `own` for the booking's own. */
export const fieldOfWanted = ({ position }: Pick<WantedResource, 'position'>, own: string[]): string[] =>
  position === null ? own : additionalField(position, 'resourceId');

export const seatsField = ({ position }: Pick<WantedResource, 'position'>): string[] =>
  position === null ? ['input', 'seats'] : additionalField(position, 'seats');

/**
 * INVALID: seats below 1, too many resources, one without an id, and one that is named twice. `keepsAdditional`: of a change that names no
 * additional resources, so that only its own resource can repeat one.
 */
export function wantedRefusals(
  wanted: readonly WantedResource[],
  { keepsAdditional = false } = {},
): Refusal[] {
  if (wanted.length - 1 > MAX_ADDITIONAL_RESOURCES) {
    const params = { max: MAX_ADDITIONAL_RESOURCES };
    return [refusal('INVALID', 'booking.tooManyResources', ['input', 'additionalResources'], params)];
  }
  return wanted.flatMap((one, index) => {
    const field = fieldOfWanted(one, ['input', 'resourceId']);
    const repeatedAt = keepsAdditional ? ['input', 'resourceId'] : field;
    const isRepeated = wanted.slice(0, index).some(({ resourceId }) => resourceId === one.resourceId);
    return [
      ...(one.seats < 1 ? [refusal('INVALID', 'booking.noSeats', seatsField(one))] : []),
      ...(one.resourceId === '' ? [refusal('INVALID', 'booking.resourceNeeded', field)] : []),
      ...(isRepeated && one.resourceId !== ''
        ? [refusal('INVALID', 'booking.resourceTwice', repeatedAt)]
        : []),
    ];
  });
}

/** Throws FORBIDDEN unless the caller may override rules. INVALID for a reason that is missing or too long. */
export function bookingOverrideRefusals(
  override: BookingOverrideInput | null | undefined,
  caller: Caller,
): Refusal[] {
  if (!override) return [];
  requirePermission(caller, 'canOverrideRules');
  const { length } = override.reason.trim();
  if (length >= 1 && length <= MAX_REASON_CHARACTERS) return [];
  const params = { max: MAX_REASON_CHARACTERS };
  return [refusal('INVALID', 'booking.overrideReason', ['input', 'override', 'reason'], params)];
}

export const overriddenRules = (
  override: BookingOverrideInput | null | undefined,
): ReadonlySet<OverridableRule> => new Set(override?.rules);
