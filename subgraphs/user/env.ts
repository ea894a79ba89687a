import { z } from 'zod';
import { administratorVariables } from './accounts/environment.ts';
import { mailVariables } from './notifications/environment.ts';

/** The subgraph's own variables. */
export const userVariables = {
  ACCESS_TOKEN_EXPIRE_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(24 * 365)
    .default(24),
  REFRESH_TOKEN_EXPIRE_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  SESSION_EXPIRE_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  ...administratorVariables,
  ...mailVariables,
};
