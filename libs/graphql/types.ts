/**
 * Reads the SDL of a subgraph: the shared types and the `schema.graphql` of each noun. Serving (`startSubgraph.ts`) and composing
 * (`scripts/check/compose.ts`) both read it here, so they cannot differ.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMA_FILE = 'schema.graphql';

const sharedTypes = readFileSync(new URL('./shared.graphql', import.meta.url), 'utf8');

/** The SDL files of the subgraph in `folder`, as sorted relative paths. */
export const schemaFilesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, SCHEMA_FILE)))
    .map((entry) => `${entry.name}/${SCHEMA_FILE}`)
    .toSorted();

/**
 * The SDL of a subgraph's nouns, for its main file: `readTypes(import.meta.url, 'tenants/schema.graphql')`. Throws unless the paths
 * are exactly the existing files, all of which are composed.
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

/** A subgraph's complete SDL: the shared types and its own. */
export const subgraphTypes = (types: readonly string[]): string => [sharedTypes, ...types].join('\n');
