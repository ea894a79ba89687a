/** What the processes would refuse in an environment. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { databaseUrl, EnvironmentError, readEnv, seconds } from '@libs/runtime/env';
import { accessTokensOf, keysOf } from '@libs/runtime/processKeys';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { readGatewayEnv } from '../../gateway/env.ts';
import { bookingVariables } from '../../subgraphs/booking/env.ts';
import { tenantVariables } from '../../subgraphs/tenant/env.ts';
import { namedAdministrator } from '../../subgraphs/user/accounts/environment.ts';
import { userVariables } from '../../subgraphs/user/env.ts';
import { mailServerOf } from '../../subgraphs/user/notifications/environment.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../.env.example');

type Variables = Record<string, string | undefined>;

/** What the gateway and the subgraphs do with their environment before they serve. */
const STARTS: readonly ((given: Variables) => unknown)[] = [
  readGatewayEnv,
  (given) => readEnv(tenantVariables, given),
  (given) => {
    const env = readEnv(userVariables, given);
    mailServerOf(env);
    return namedAdministrator(env);
  },
  (given) => readEnv({ ...bookingVariables, CACHE_TTL_SETTINGS: seconds(300) }, given),
  (given) => {
    const env = readEnv({}, given);
    return accessTokensOf(env, keysOf(env));
  },
  (given) => SUBGRAPHS.map((name) => databaseUrl(name, given)),
];

const refusals = (start: (typeof STARTS)[number], given: Variables): readonly string[] => {
  try {
    start(given);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
};

/** One line for each name that no process reads: it may be misspelt. OpenTelemetry's SDK reads many more of its own. */
export function unknownVariables(given: Variables): string[] {
  const known = parseEnv(readFileSync(EXAMPLE, 'utf8')) as Variables;
  return Object.keys(given)
    .filter((name) => !(name in known) && !name.endsWith('_SERVICE_URL') && !name.startsWith('OTEL_'))
    .map((name) => `${name}: Vaga does not read it`);
}

/** One line for each variable that a process would refuse, without its value. Empty if all would start. */
export const environmentProblems = (given: Variables): string[] => [
  ...new Set(STARTS.flatMap((start) => refusals(start, given))),
];
