import type { ResourceRow } from '@drizzle/resource/tables';
import { UNKNOWN_ID, UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** Stands for a referenced resource that does not exist; never bookable, in an unknown category. */
export const unknownResource = (missing: Missing): ResourceRow => ({
  ...missing,
  categoryId: UNKNOWN_ID,
  description: null,
  capacity: 1,
  location: null,
  attributes: {},
  availabilitySchedule: [],
  bookingMode: 'EXCLUSIVE',
  rules: {},
  seasons: [],
  scheduleOverrides: [],
  isActive: false,
  version: 1,
  createdAt: UNKNOWN_TIME,
  updatedAt: UNKNOWN_TIME,
  deletedAt: null,
});
