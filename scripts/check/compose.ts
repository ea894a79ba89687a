/**
 * `npm run compose` writes gateway/supergraph.graphql and gateway/schema.graphql. With `--check` it only exits with 1 if they are
 * stale. They are committed so that a review shows changes of the API.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { composition } from './composition.ts';

const root = path.join(import.meta.dirname, '../..');
const isCheck = process.argv.includes('--check');

try {
  const composed = composition(path.join(root, 'subgraphs'));
  const stale = (['supergraph', 'schema'] as const).filter((name) => {
    const file = path.join(root, 'gateway', `${name}.graphql`);
    if (existsSync(file) && readFileSync(file, 'utf8') === composed[name]) return false;
    if (!isCheck) writeFileSync(file, composed[name]);
    return true;
  });
  const files = stale.map((name) => `gateway/${name}.graphql`).join(' and ');
  if (!isCheck) console.log(stale.length > 0 ? `Composed ${files}.` : 'Nothing has changed.');
  else if (stale.length > 0) throw new Error(`Stale: ${files}. Run: npm run compose`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
