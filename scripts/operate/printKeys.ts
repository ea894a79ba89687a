/** `npm run keys`: the keys of one process, so that it needs no SECRET_KEY. See docs/runbook.md. */
import { bundleOf, keyring } from '@libs/auth/keys';
import { readEnv } from '@libs/runtime/env';
import { usesOf } from '@libs/runtime/processKeys';
import { PROCESSES, type ProcessName } from '@libs/runtime/subgraphs';

const name = process.argv[2] as ProcessName | undefined;
if (!name || !PROCESSES.includes(name)) {
  console.error(
    `npm run keys -- <process>    prints PROCESS_KEYS of ${PROCESSES.join(', ')}, by SECRET_KEY and SECRET_KEY_PREVIOUS`,
  );
  process.exitCode = 64;
} else {
  const env = readEnv({});
  console.log(bundleOf(keyring(env.SECRET_KEY, env.SECRET_KEY_PREVIOUS), usesOf(name)));
}
