import type { CategoryRow } from '@drizzle/resource/tables';
import { UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** A category that is referred to and does not exist. */
export const unknownCategory = (missing: Missing): CategoryRow => ({
  ...missing,
  description: null,
  type: 'PHYSICAL',
  icon: null,
  color: null,
  isActive: false,
  createdAt: UNKNOWN_TIME,
  updatedAt: UNKNOWN_TIME,
  deletedAt: null,
});
