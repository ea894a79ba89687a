/**
 * `npm run validate-env -- FILE [PROCESS]`: what the processes, or one of them, would refuse in an environment, read from a file such as `.env`.
 * Names variables, never their values.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { PROCESSES } from '@libs/runtime/subgraphs';
import { environmentProblems, unknownVariables } from './environmentProblems.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run validate-env -- FILE [PROCESS]
    says what the processes would refuse in the environment in FILE, or only one of ${PROCESSES.join(', ')}`;

await runCommand(() => {
  const [file, name, ...rest] = process.argv.slice(2);
  const processes = PROCESSES.filter((one) => name === undefined || one === name);
  if (file === undefined || file.startsWith('-') || processes.length === 0 || rest.length > 0)
    throw new UsageError(USAGE);
  const given = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  const problems = [...environmentProblems(given, processes), ...unknownVariables(given)];
  if (problems.length > 0) throw new CommandFailure(problems.join('\n'));
  console.log(`${file}: usable in ${given['ENVIRONMENT'] ?? 'development'}`);
});
