/** What a resource's fields must be. Pure. */
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateResourceInput, UpdateResourceInput } from '../generated.ts';
import { scheduleRefusals } from './schedule.ts';

/** Inclusive bounds of the capacity, in people. */
export const MIN_CAPACITY = 1;
export const MAX_CAPACITY = 100_000;

/** What a resource is made with where the input leaves it out. */
export const DEFAULT_CAPACITY = 1;

/** Reasons not to take the fields of a new or changed resource. */
export function resourceRefusals(input: CreateResourceInput | UpdateResourceInput): Refusal[] {
  const refusals = [
    ...nameRefusals(input.name, ['input', 'name']),
    ...scheduleRefusals(input.availabilitySchedule, ['input', 'availabilitySchedule']),
  ];
  const { capacity } = input;
  if (capacity != null && (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY)) {
    const params = { min: MIN_CAPACITY, max: MAX_CAPACITY };
    refusals.push(refusal('INVALID', 'resource.capacityOutOfRange', ['input', 'capacity'], params));
  }
  return refusals;
}

/** The same, and what an update may leave out but not take away. */
export const updateResourceRefusals = (input: UpdateResourceInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'categoryId', 'name', 'capacity', 'attributes', 'isActive'),
  ...resourceRefusals(input),
];

/** The tenant has no such resource (any more). */
export const resourceNotFound = (...field: string[]): Refusal =>
  refusal('NOT_FOUND', 'resource.notFound', field);

/** The tenant has no such category (any more). */
export const targetCategoryNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'category.notFound', ['input', 'categoryId']);
