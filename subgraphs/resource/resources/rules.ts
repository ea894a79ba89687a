import type { StoredRules } from '@drizzle/resource/tables';
import type { TenantBookingRules } from '@libs/directory/bookingRules';
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { crossesMidnight } from '@libs/time/timeRanges';
import type { CreateResourceInput, UpdateResourceInput } from '../generated.ts';
import { ruleRefusals } from './ownRules.ts';
import { scheduleRefusals } from './schedule.ts';
import { overrideRefusals, seasonRefusals } from './seasons.ts';

/** Inclusive, in people. */
const MIN_CAPACITY = 1;
export const MAX_CAPACITY = 100_000;

export const DEFAULT_CAPACITY = 1;
export const DEFAULT_BOOKING_MODE = 'EXCLUSIVE';

/** What a resource is judged by: its own rules as they are stored, and its tenant's. */
export type RulesBefore = { own: StoredRules; tenant: TenantBookingRules & { overnight: boolean } };

export function resourceRefusals(
  input: CreateResourceInput | UpdateResourceInput,
  { own, tenant }: RulesBefore,
): Refusal[] {
  const { overnight } = tenant;
  const at = (field: string) => ['input', field];
  return [
    ...nameRefusals(input.name, at('name')),
    ...scheduleRefusals(input.availabilitySchedule, at('availabilitySchedule'), overnight),
    ...capacityRefusals(input.capacity, at('capacity')),
    ...ruleRefusals(own, input.rules, tenant, at('rules')),
    ...seasonRefusals(input.seasons, at('seasons'), overnight),
    ...overrideRefusals(input.scheduleOverrides, at('scheduleOverrides'), overnight),
  ];
}

function capacityRefusals(capacity: number | null | undefined, field: string[]): Refusal[] {
  if (capacity == null || (capacity >= MIN_CAPACITY && capacity <= MAX_CAPACITY)) return [];
  return [refusal('INVALID', 'resource.capacityOutOfRange', field, { min: MIN_CAPACITY, max: MAX_CAPACITY })];
}

const REQUIRED = [
  ...(['categoryId', 'name', 'capacity', 'attributes', 'isActive'] as const),
  ...(['bookingMode', 'rules', 'seasons', 'scheduleOverrides'] as const),
];

/** Also refuses to null required fields. */
export const updateResourceRefusals = (input: UpdateResourceInput, before: RulesBefore): Refusal[] => [
  ...nullRefusals(input, 'input', ...REQUIRED),
  ...resourceRefusals(input, before),
];

/** Whether the tenant's settings decide about the input. */
export function dependsOnTenant(input: CreateResourceInput | UpdateResourceInput): boolean {
  const ranges = [
    ...(input.availabilitySchedule ?? []),
    ...[...(input.seasons ?? []), ...(input.scheduleOverrides ?? [])].flatMap((entry) => entry.ranges),
  ];
  return input.rules != null || ranges.some(crossesMidnight);
}

export const resourceNotFound = (...field: string[]): Refusal =>
  refusal('NOT_FOUND', 'resource.notFound', field);

export const targetCategoryNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'category.notFound', ['input', 'categoryId']);
