/**
 * `npm run validate-env -- FILE`: what the processes would refuse in an environment, read from a file such as `.env`. Names variables, never
 * their values.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { environmentProblems, unknownVariables } from './environmentProblems.ts';

const [file] = process.argv.slice(2);
try {
  if (file === undefined) throw new Error('npm run validate-env -- FILE');
  const given = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  const problems = [...environmentProblems(given), ...unknownVariables(given)];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else process.stdout.write(`${file}: usable in ${given['ENVIRONMENT'] ?? 'development'}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
