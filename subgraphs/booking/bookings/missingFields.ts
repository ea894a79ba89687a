/** Paths of refusals for verbs whose input names less of a booking than createBooking's. */
import type { Outcome, Refusal } from '@libs/outcome/outcome';

const PARTIES = ['tenantId', 'userId'] as const;

/** Fields of a booking that the input of a change does not have; additional resources that stay have no path in it. */
export const fieldsMissingIn = ({
  additionalResources,
}: {
  additionalResources?: readonly unknown[] | null;
}): readonly string[] => (additionalResources === undefined ? [...PARTIES, 'additionalResources'] : PARTIES);

export const FIELDS_OF_BOOKING: readonly string[] = [
  ...PARTIES,
  'clientId',
  'resourceId',
  'additionalResources',
  'seats',
  'startTime',
  'endTime',
];

/** The refusals with `own`, the field that names the booking, hold or series, in place of fields that the input does not have. */
export const withoutFields = (
  refusals: readonly Refusal[],
  missing: readonly string[],
  own: string,
): Refusal[] =>
  refusals.map((one) => {
    const [input, name] = one.field ?? [];
    return input === 'input' && missing.includes(name!) ? { ...one, field: [input, own] } : one;
  });

export const outcomeWithoutFields = <T>(
  outcome: Outcome<T>,
  missing: readonly string[],
  own: string,
): Outcome<T> =>
  outcome.ok ? outcome : { ...outcome, refusals: withoutFields(outcome.refusals, missing, own) };
