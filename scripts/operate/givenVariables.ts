/** The variables of the environment and of `.env`, for commands that need no settings of `npm start`. */
import { fileURLToPath } from 'node:url';
import { readGivenVariables, type EnvironmentVariables } from '../dev/startSettings.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const givenVariables = (): Promise<EnvironmentVariables> => readGivenVariables(ROOT, process.env);
