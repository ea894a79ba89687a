import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateResourceInput, UpdateResourceInput } from '../generated.ts';
import { scheduleRefusals } from './schedule.ts';

/** Inclusive, in people. */
const MIN_CAPACITY = 1;
export const MAX_CAPACITY = 100_000;

export const DEFAULT_CAPACITY = 1;

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

/** Also refuses to null required fields. */
export const updateResourceRefusals = (input: UpdateResourceInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'categoryId', 'name', 'capacity', 'attributes', 'isActive'),
  ...resourceRefusals(input),
];

export const resourceNotFound = (...field: string[]): Refusal =>
  refusal('NOT_FOUND', 'resource.notFound', field);

export const targetCategoryNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'category.notFound', ['input', 'categoryId']);
