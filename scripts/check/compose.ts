/**
 * `npm run compose` writes gateway/supergraph.graphql, gateway/schema.graphql, and the latter with its introduction as docs/api.graphql.
 * With `--check` it only exits with 1 if they are stale. They are committed so that a review shows changes of the API. The contract
 * may only grow: compose refuses to write one that lacks something (`--breaking` overrides it).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSchema } from 'graphql';
import { composeForeign } from './composeForeign.ts';
import { composition } from './composition.ts';
import { breakingChanges } from './contractChanges.ts';

const root = path.join(import.meta.dirname, '../..');
const CONTRACT = 'docs/api.graphql';

const USAGE = `npm run compose                writes gateway/supergraph.graphql, gateway/schema.graphql and docs/api.graphql
npm run compose -- --check     exits with 1 if they are stale
npm run compose -- --breaking  writes them even if the API loses something
npm run compose -- --against FILE
    exits with 1 and names what clients would lose, if the API is no longer all of that schema: the main branch's docs/api.graphql, for example
npm run compose -- --with reviews=./reviews.graphql@http://host:4100/graphql [--with …] [--out FILE]
    writes a supergraph of Vaga and subgraphs of your own to FILE (default: supergraph.graphql), for SUPERGRAPH_FILE: each with its
    name, its SDL and the address of its API. See docs/routers.md.`;

type Options = {
  check?: boolean;
  breaking?: boolean;
  against?: string;
  with?: string[];
  out?: string;
  help?: boolean;
};

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        check: { type: 'boolean' },
        breaking: { type: 'boolean' },
        against: { type: 'string' },
        with: { type: 'string', multiple: true },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.out && !values.with) throw new Error('--out is for --with');
    if (values.with && (values.check || values.breaking))
      throw new Error('--with goes with neither --check nor --breaking');
    return values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

/** Returns what was done. */
async function run({ check, breaking, against, with: services, out, help }: Options): Promise<string> {
  if (help) return USAGE;
  // npm runs scripts in the root, and says where it was called.
  const folder = process.env['INIT_CWD'] || process.cwd();
  if (services) return composeForeign({ root, folder, services, out: out ?? 'supergraph.graphql' });
  if (against) return compare(readFileSync(path.resolve(folder, against), 'utf8'));
  return composeOwn({ isCheck: check === true, mayBreak: breaking === true });
}

async function composeOwn({ isCheck, mayBreak }: { isCheck: boolean; mayBreak: boolean }): Promise<string> {
  const { supergraph, schema } = composition(path.join(root, 'subgraphs'));
  const contract = readFileSync(path.join(root, CONTRACT), 'utf8');
  if (!mayBreak) await refuseBreakingChanges(contract, schema);
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
  if (stale.length === 0) return isCheck ? 'Nothing is stale.' : 'Nothing has changed.';
  if (isCheck) throw new Error(`Stale: ${files}. Run: npm run compose`);
  return `Composed ${files}.`;
}

async function compare(contract: string): Promise<string> {
  await refuseBreakingChanges(contract, composition(path.join(root, 'subgraphs')).schema);
  return 'The API has everything of that schema.';
}

async function refuseBreakingChanges(contract: string, schema: string): Promise<void> {
  const breaking = await breakingChanges(buildSchema(contract), buildSchema(schema));
  if (breaking.length > 0)
    throw new Error(`The API would lack what clients rely on:\n${breaking.join('\n')}`);
}

try {
  console.log(await run(readOptions()));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
