/** `npm run compose -- --with …`: a supergraph of our subgraphs and foreign ones, for SUPERGRAPH_FILE. */
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { COMPOSED, composition } from './composition.ts';
import { breakingChanges } from './contractChanges.ts';
import { foreignServices } from './foreignServices.ts';

export type ForeignOptions = {
  /** The root of this repository. */
  root: string;
  /** Where relative paths start. */
  folder: string;
  /** `name=FILE@URL`. */
  services: readonly string[];
  out: string;
};

/** Writes the supergraph to `out`. Throws if it does not compose, or would take something from the contract. */
export async function composeForeign({ root, folder, services, out }: ForeignOptions): Promise<string> {
  const file = path.resolve(folder, out);
  refuseOutput(root, file, out);
  const { supergraph, schema } = composition(path.join(root, 'subgraphs'), foreignServices(services, folder));
  const contract = readFileSync(path.join(root, 'gateway/schema.graphql'), 'utf8');
  const breaking = await breakingChanges(buildSchema(contract), buildSchema(schema));
  if (breaking.length > 0)
    throw new Error(`Foreign subgraphs may add to the API, and not change it:\n  ${breaking.join('\n  ')}`);
  writeFileSync(file, supergraph);
  return `Composed ${out}. The gateway serves it with SUPERGRAPH_FILE=${file}`;
}

/** Never overwrites Vaga's own files, nor what `npm run compose` has not written. */
function refuseOutput(root: string, file: string, out: string): void {
  if (!statSync(path.dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`--out ${out}: there is no folder ${path.dirname(file)}`);
  if (!existsSync(file)) return;
  const isOwn = ['gateway', 'docs', 'subgraphs'].some((folder) =>
    realpathSync(file).startsWith(`${realpathSync(path.join(root, folder))}${path.sep}`),
  );
  if (isOwn) throw new Error(`--out ${out}: this file is Vaga's own; name another`);
  if (!statSync(file).isFile() || !readFileSync(file, 'utf8').startsWith(COMPOSED))
    throw new Error(`--out ${out}: it exists, and compose has not written it; name another`);
}
