/**
 * `npm run validate-env -- FILE`: what the processes would refuse in an environment, read from a file such as `.env`. Names variables, never
 * their values.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { environmentProblems, unknownVariables } from './environmentProblems.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';

const USAGE = 'npm run validate-env -- FILE';

await runCommand(() => {
  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined || file.startsWith('-') || rest.length > 0) throw new UsageError(USAGE);
  const given = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  const problems = [...environmentProblems(given), ...unknownVariables(given)];
  if (problems.length > 0) throw new CommandFailure(problems.join('\n'));
  console.log(`${file}: usable in ${given['ENVIRONMENT'] ?? 'development'}`);
});
