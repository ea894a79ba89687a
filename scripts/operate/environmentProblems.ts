/** What the processes would refuse in an environment. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ACCESS_TOKENS, MissingKey } from '@libs/auth/keys';
import { databaseUrl, EnvironmentError, optionalPort, readEnv, seconds } from '@libs/runtime/env';
import { accessTokensOf, keysOf, usesOf } from '@libs/runtime/processKeys';
import {
  metricsPortVariable,
  portVariable,
  PROCESSES,
  type ProcessName,
  type SubgraphName,
} from '@libs/runtime/subgraphs';
import { readGatewayEnv } from '../../gateway/env.ts';
import { bookingVariables } from '../../subgraphs/booking/env.ts';
import { tenantVariables } from '../../subgraphs/tenant/env.ts';
import { namedAdministrator } from '../../subgraphs/user/accounts/environment.ts';
import { userVariables } from '../../subgraphs/user/env.ts';
import { mailServerOf } from '../../subgraphs/user/notifications/environment.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../.env.example');

type Variables = Record<string, string | undefined>;

/** What a process does with its environment before it serves. */
type Start = (given: Variables) => unknown;

const OWN_STARTS: Record<ProcessName, Start> = {
  gateway: readGatewayEnv,
  tenant: (given) => readEnv(tenantVariables, given),
  user: (given) => {
    const env = readEnv(userVariables, given);
    mailServerOf(env);
    return namedAdministrator(env);
  },
  resource: (given) => readEnv({}, given),
  booking: (given) => readEnv(bookingVariables, given),
};

/** Throws EnvironmentError if the process lacks a key. */
function requireKeys(name: ProcessName, given: Variables): void {
  const env = readEnv({}, given);
  const keys = keysOf(env);
  const uses = usesOf(name);
  const trustsTokens = env.SUBGRAPH_TRUST === 'token' || env.ENVIRONMENT !== 'production';
  try {
    for (const use of uses) keys.keysFor(use);
    if (trustsTokens || uses.includes(ACCESS_TOKENS)) accessTokensOf(env, keys);
  } catch (error) {
    if (!(error instanceof MissingKey)) throw error;
    throw new EnvironmentError([`PROCESS_KEYS: missing keys for the ${name} process`]);
  }
}

const subgraphStarts = (name: SubgraphName): Start[] => [
  (given) => databaseUrl(name, given),
  (given) =>
    readEnv(
      {
        [portVariable(name)]: optionalPort(),
        [metricsPortVariable(name)]: optionalPort(),
        CACHE_TTL_SETTINGS: seconds(300),
      },
      given,
    ),
];

const startsOf = (name: ProcessName): Start[] => [
  OWN_STARTS[name],
  (given) => requireKeys(name, given),
  ...(name === 'gateway' ? [] : subgraphStarts(name)),
];

const refusals = (start: Start, given: Variables): readonly string[] => {
  try {
    start(given);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
};

/** Variables of Node and of the C library (docs/runbook.md), and of OpenTelemetry's SDK, which read many more of their own. */
const OF_OTHERS = /^(NODE_|OTEL_|ICU_TIMEZONE_FILES_DIR$|TZ$)/;

/** One line for each name that no process reads: it may be misspelt. */
export function unknownVariables(given: Variables): string[] {
  const known = parseEnv(readFileSync(EXAMPLE, 'utf8')) as Variables;
  return Object.keys(given)
    .filter((name) => !(name in known) && !name.endsWith('_SERVICE_URL') && !OF_OTHERS.test(name))
    .map((name) => `${name}: Vaga does not read it`);
}

/** One line for each variable that one of the processes would refuse, without its value. Empty if all would start. */
export const environmentProblems = (
  given: Variables,
  processes: readonly ProcessName[] = PROCESSES,
): string[] => [
  ...new Set(processes.flatMap((name) => startsOf(name).flatMap((start) => refusals(start, given)))),
];
