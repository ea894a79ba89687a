/** `npm run changelog -- VERSION`: prints the section of CHANGELOG.md, without its heading. Fails if package.json has another version. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sectionOf } from './changelogSection.ts';

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
const version = process.argv[2] ?? '';
const { version: packageVersion } = JSON.parse(read('package.json')) as { version: string };

try {
  if (version !== packageVersion)
    throw new Error(`package.json has the version ${packageVersion}, not ${version || 'none'}`);
  console.log(sectionOf(read('CHANGELOG.md'), version));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
