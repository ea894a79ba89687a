/** `npm run keys`: the keys of one process, so that it needs no SECRET_KEY. See docs/runbook.md. */
import { bundleOf, keyring } from '@libs/auth/keys';
import { readEnv } from '@libs/runtime/env';
import { usesOf } from '@libs/runtime/processKeys';
import { PROCESSES, type ProcessName } from '@libs/runtime/subgraphs';
import { givenVariables } from './givenVariables.ts';
import { runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run keys -- <process>    prints PROCESS_KEYS of ${PROCESSES.join(', ')}, by SECRET_KEY and SECRET_KEY_PREVIOUS`;

await runCommand(async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (!PROCESSES.includes(name as ProcessName) || rest.length > 0) throw new UsageError(USAGE);
  // Keys do not show what they were derived from: whatever production would refuse is refused here.
  const env = readEnv(
    {},
    { ...(await givenVariables()), ENVIRONMENT: 'production', PROCESS_KEYS: undefined },
  );
  console.log(bundleOf(keyring(env.SECRET_KEY, env.SECRET_KEY_PREVIOUS), usesOf(name as ProcessName)));
});
