/** Composes the subgraphs' SDL, as it is in the source, into what the gateway runs and what its clients see. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { readTypes, schemaFilesOf, subgraphTypes } from '@libs/graphql/types';
import { sharedVariables } from '@libs/runtime/env';
import { serviceUrlVariable, SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { parse, printSchema } from 'graphql';

export type Composed = {
  /** The supergraph's SDL (join v0.5 and before, which other routers read as well). */
  supergraph: string;
  /** The API schema: what clients see, without federation's directives and what is inaccessible. */
  schema: string;
};

const NOTE = '# Composed by `npm run compose` from subgraphs/*/*/schema.graphql; not for editing.\n\n';

/** Where a subgraph listens in development; at run time its *_SERVICE_URL decides. */
const developmentUrl = (name: SubgraphName): string =>
  sharedVariables[serviceUrlVariable(name)].parse(undefined);

/** Composes what stands under `subgraphs` (a folder). Throws with every error of composition. */
export function composition(subgraphs: string): Composed {
  const unknown = readdirSync(subgraphs).filter((name) => !SUBGRAPHS.includes(name as never));
  if (unknown.length > 0)
    throw new Error(`libs/runtime/subgraphs.ts does not list the subgraph ${unknown.join(', ')}`);

  const services = SUBGRAPHS.filter((name) => existsSync(path.join(subgraphs, name))).map((name) => {
    const folder = path.join(subgraphs, name);
    const types = readTypes(pathToFileURL(path.join(folder, 'main.ts')).href, ...schemaFilesOf(folder));
    return { name, url: developmentUrl(name), typeDefs: parse(subgraphTypes(types)) };
  });
  const composed = composeServices(services);
  if (composed.errors) {
    throw new Error(
      `The subgraphs do not compose:\n${composed.errors.map((error) => `  ${error.message}`).join('\n')}`,
    );
  }
  const api = Supergraph.build(composed.supergraphSdl).apiSchema().toGraphQLJSSchema();
  return { supergraph: `${NOTE}${composed.supergraphSdl.trim()}\n`, schema: `${NOTE}${printSchema(api)}\n` };
}
