/** Rules for the values of a closure. */
import { daysOf } from '@libs/outcome/datedHours';
import { nullRefusals, textRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { END_OF_DAY, START_OF_DAY, type LocalTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import type { UpdateClosureInput } from '../generated.ts';

/** Closures in one createClosures. */
export const MAX_CLOSURES_AT_ONCE = 100;
/** Closures of a tenant that have not ended. */
export const MAX_CLOSURES_AHEAD = 1_000;
/** Closures of a tenant, with those that have ended. */
export const MAX_CLOSURES = 10_000;
/** From the first date of a closure to its last. */
export const MAX_CLOSURE_DAYS = 366;
/** Resources of a closure; also categories. */
export const MAX_CLOSED_IDS = 500;

/** The values of a closure, apart from its effect. */
export type ClosureValues = {
  name: string;
  from: Temporal.PlainDate;
  to: Temporal.PlainDate;
  startTime: LocalTime | null;
  endTime: LocalTime | null;
  /** Distinct. With `categoryIds` null as well: everything. */
  resourceIds: readonly string[] | null;
  categoryIds: readonly string[] | null;
};

export type ResourceOfCategory = { id: string; category: { id: string } };

export function appliesTo(
  { resourceIds, categoryIds }: Pick<ClosureValues, 'resourceIds' | 'categoryIds'>,
  resource: ResourceOfCategory,
): boolean {
  if (resourceIds === null && categoryIds === null) return true;
  return (
    (resourceIds?.includes(resource.id) ?? false) || (categoryIds?.includes(resource.category.id) ?? false)
  );
}

type GivenClosure = { [Name in keyof ClosureValues]?: ClosureValues[Name] | null | undefined };

const distinct = (ids: readonly string[] | null | undefined) => (ids ? [...new Set(ids)] : null);

export const valuesOf = (
  input: GivenClosure & Pick<ClosureValues, 'name' | 'from' | 'to'>,
): ClosureValues => ({
  name: input.name,
  from: input.from,
  to: input.to,
  startTime: input.startTime ?? null,
  endTime: input.endTime ?? null,
  resourceIds: distinct(input.resourceIds),
  categoryIds: distinct(input.categoryIds),
});

/** Absent fields keep their value. */
export const changedValues = (before: ClosureValues, input: GivenClosure): ClosureValues => {
  const given = Object.entries(input).filter(([name, value]) => name in before && value !== undefined);
  return valuesOf({ ...before, ...Object.fromEntries(given) });
};

/** The earliest and the latest date of a list, which must not be empty. */
export function earliestAndLatest(closures: readonly ClosureValues[]): Pick<ClosureValues, 'from' | 'to'> {
  const from = closures.map((one) => one.from).toSorted(Temporal.PlainDate.compare)[0]!;
  const to = closures
    .map((one) => one.to)
    .toSorted(Temporal.PlainDate.compare)
    .at(-1)!;
  return { from, to };
}

export function closureRefusals(closure: ClosureValues, path: string[]): Refusal[] {
  const { startTime, endTime } = closure;
  const days = daysOf(closure);
  const refusals = [
    ...textRefusals(closure.name, path, 'name'),
    ...idRefusals(closure.resourceIds, [...path, 'resourceIds']),
    ...idRefusals(closure.categoryIds, [...path, 'categoryIds']),
  ];
  if (days < 1) refusals.push(refusal('INVALID', 'shared.datesReversed', [...path, 'to']));
  if (days > MAX_CLOSURE_DAYS) {
    refusals.push(refusal('INVALID', 'shared.tooManyDays', [...path, 'to'], { max: MAX_CLOSURE_DAYS }));
  }
  if (startTime === END_OF_DAY) {
    refusals.push(refusal('INVALID', 'shared.startsAtEndOfDay', [...path, 'startTime']));
  } else if ((endTime ?? END_OF_DAY) <= (startTime ?? START_OF_DAY)) {
    refusals.push(refusal('INVALID', 'shared.rangeEndsTooEarly', [...path, 'endTime']));
  }
  return refusals;
}

/** An empty list would close nothing. */
function idRefusals(ids: readonly string[] | null, field: string[]): Refusal[] {
  if (ids === null) return [];
  if (ids.length === 0) return [refusal('INVALID', 'closure.nothingNamed', field)];
  if (ids.length <= MAX_CLOSED_IDS) return [];
  return [refusal('INVALID', 'shared.tooManyEntries', field, { max: MAX_CLOSED_IDS })];
}

export function listRefusals(closures: readonly unknown[]): Refusal[] {
  const field = ['input', 'closures'];
  if (closures.length === 0) return [refusal('INVALID', 'closure.noneGiven', field)];
  if (closures.length <= MAX_CLOSURES_AT_ONCE) return [];
  return [refusal('INVALID', 'shared.tooManyEntries', field, { max: MAX_CLOSURES_AT_ONCE })];
}

export const clearedRefusals = (input: UpdateClosureInput): Refusal[] =>
  nullRefusals(input, 'input', 'name', 'from', 'to');

/** Also for another tenant's closure. */
export const closureNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'closure.notFound', field);

export const tooManyClosures = (field: string[]): Refusal =>
  refusal('TOO_MANY', 'closure.tooMany', field, { max: MAX_CLOSURES });

export const tooManyAhead = (field: string[]): Refusal =>
  refusal('TOO_MANY', 'closure.tooManyAhead', field, { max: MAX_CLOSURES_AHEAD });
