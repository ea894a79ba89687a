import { integer } from '@libs/runtime/env';
import { administratorVariables } from './accounts/environment.ts';
import { mailVariables } from './notifications/environment.ts';

/** The subgraph's own variables. */
export const userVariables = {
  ACCESS_TOKEN_EXPIRE_HOURS: integer(1, 24 * 365).default(24),
  REFRESH_TOKEN_EXPIRE_DAYS: integer(1, 3_650).default(30),
  SESSION_EXPIRE_DAYS: integer(1, 3_650).default(90),
  ...administratorVariables,
  ...mailVariables,
};
