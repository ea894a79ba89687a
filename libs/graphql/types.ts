/**
 * Reads a subgraph's SDL: the shared types and each noun's `schema.graphql`. Serving and composing
 * (`scripts/check/compose.ts`) use the same.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMA_FILE = 'schema.graphql';

const sharedTypes = readFileSync(new URL('./shared.graphql', import.meta.url), 'utf8');

/** Sorted relative paths of the subgraph in `folder`. */
export const schemaFilesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, SCHEMA_FILE)))
    .map((entry) => `${entry.name}/${SCHEMA_FILE}`)
    .toSorted();

/**
 * For a subgraph's main file: `readTypes(import.meta.url, 'tenants/schema.graphql')`. Throws unless the paths are exactly the
 * existing files, since all of them are composed.
 */
export function readTypes(from: string, ...paths: string[]): string[] {
  const folder = path.dirname(fileURLToPath(from));
  const existing = schemaFilesOf(folder);
  const named = paths.map((one) => path.posix.normalize(one)).toSorted();
  if (named.join() !== existing.join()) {
    throw new Error(
      `Serves ${named.join(', ') || 'nothing'}, but ${folder} has ${existing.join(', ') || 'no SDL'}`,
    );
  }
  return existing.map((file) => readFileSync(path.join(folder, file), 'utf8'));
}

/** Adds the shared types. */
export const subgraphTypes = (types: readonly string[]): string => [sharedTypes, ...types].join('\n');
