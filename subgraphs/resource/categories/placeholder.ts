import type { CategoryRow } from '@drizzle/resource/tables';
import { UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** Stands for a referenced category that does not exist. */
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
