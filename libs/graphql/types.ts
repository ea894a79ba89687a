/**
 * The SDL of a subgraph: the types that all share, and one `schema.graphql` for each of its nouns. What is served
 * (`startSubgraph.ts`) and what is composed (`scripts/check/compose.ts`) are read here, so that they cannot differ.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each noun of a subgraph calls its SDL. */
const SCHEMA_FILE = 'schema.graphql';

const sharedTypes = readFileSync(new URL('./shared.graphql', import.meta.url), 'utf8');

/** The SDL files of the subgraph in `folder`, as paths within it, in the order of their names. */
export const schemaFilesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, SCHEMA_FILE)))
    .map((entry) => `${entry.name}/${SCHEMA_FILE}`)
    .toSorted();

/**
 * Reads the SDL of a subgraph's nouns: `readTypes(import.meta.url, 'tenants/schema.graphql')` in its main file. Throws where
 * the paths are not exactly the files that are there: one that nobody serves would be composed all the same.
 */
export function readTypes(from: string, ...paths: string[]): string[] {
  const folder = path.dirname(fileURLToPath(from));
  const there = schemaFilesOf(folder);
  const named = paths.map((one) => path.posix.normalize(one)).toSorted();
  if (named.join() !== there.join()) {
    throw new Error(
      `Serves ${named.join(', ') || 'nothing'}, but ${folder} has ${there.join(', ') || 'no SDL'}`,
    );
  }
  return there.map((file) => readFileSync(path.join(folder, file), 'utf8'));
}

/** The SDL of a subgraph as it is served and composed: the shared types and its own. */
export const subgraphTypes = (types: readonly string[]): string => [sharedTypes, ...types].join('\n');
