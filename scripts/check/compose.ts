/**
 * `npm run compose` writes gateway/supergraph.graphql, gateway/schema.graphql, and the latter with its introduction as docs/api.graphql.
 * With `--check` it only exits with 1 if they are stale. They are committed so that a review shows changes of the API. The contract
 * may only grow: compose refuses to write one that lacks something (`--breaking` overrides it).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { composition } from './composition.ts';
import { breakingChanges } from './contractChanges.ts';

const root = path.join(import.meta.dirname, '../..');
const CONTRACT = 'docs/api.graphql';
const isCheck = process.argv.includes('--check');

try {
  const { supergraph, schema } = composition(path.join(root, 'subgraphs'));
  const contract = readFileSync(path.join(root, CONTRACT), 'utf8');
  if (!process.argv.includes('--breaking')) await refuseBreakingChanges(contract, schema);
  const texts = {
    'gateway/supergraph.graphql': supergraph,
    'gateway/schema.graphql': schema,
    // The introduction is written by hand.
    [CONTRACT]: `${contract.slice(0, contract.indexOf('\n\n'))}\n\n${schema}`,
  };
  const stale = Object.entries(texts).filter(([name, text]) => {
    const file = path.join(root, name);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
    if (!isCheck) writeFileSync(file, text);
    return true;
  });
  const files = stale.map(([name]) => name).join(', ');
  if (!isCheck) console.log(stale.length > 0 ? `Composed ${files}.` : 'Nothing has changed.');
  else if (stale.length > 0) throw new Error(`Stale: ${files}. Run: npm run compose`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function refuseBreakingChanges(contract: string, schema: string): Promise<void> {
  const breaking = await breakingChanges(buildSchema(contract), buildSchema(schema));
  if (breaking.length > 0)
    throw new Error(`The API would lack what clients rely on:\n${breaking.join('\n')}`);
}
