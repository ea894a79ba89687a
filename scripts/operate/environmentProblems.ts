/** What the processes would refuse in an environment. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { databaseUrl, EnvironmentError, optionalPort, readEnv, seconds } from '@libs/runtime/env';
import { accessTokensOf, keysOf } from '@libs/runtime/processKeys';
import { metricsPortVariable, portVariable, SUBGRAPHS } from '@libs/runtime/subgraphs';
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
  ...SUBGRAPHS.map((name) => (given: Variables) => databaseUrl(name, given)),
  ...SUBGRAPHS.map(
    (name) => (given: Variables) =>
      readEnv({ [portVariable(name)]: optionalPort(), [metricsPortVariable(name)]: optionalPort() }, given),
  ),
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

/** Of Node and of the C library (docs/runbook.md), and of OpenTelemetry's SDK, which read many more of their own. */
const OF_OTHERS = /^(NODE_|OTEL_|ICU_TIMEZONE_FILES_DIR$|TZ$)/;

/** One line for each name that no process reads: it may be misspelt. */
export function unknownVariables(given: Variables): string[] {
  const known = parseEnv(readFileSync(EXAMPLE, 'utf8')) as Variables;
  return Object.keys(given)
    .filter((name) => !(name in known) && !name.endsWith('_SERVICE_URL') && !OF_OTHERS.test(name))
    .map((name) => `${name}: Vaga does not read it`);
}

/** One line for each variable that a process would refuse, without its value. Empty if all would start. */
export const environmentProblems = (given: Variables): string[] => [
  ...new Set(STARTS.flatMap((start) => refusals(start, given))),
];
