/** Composes the subgraphs' SDL into the gateway's supergraph and its clients' schema. */
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
  /** The supergraph's SDL (join v0.5, which other routers read too). */
  supergraph: string;
  /** The API schema for clients, without federation directives and inaccessible elements. */
  schema: string;
};

const NOTE = '# Composed by `npm run compose` from subgraphs/*/*/schema.graphql; not for editing.\n\n';

/** A subgraph's address in development. At run time *_SERVICE_URL replaces it. */
const developmentUrl = (name: SubgraphName): string =>
  sharedVariables[serviceUrlVariable(name)].parse(undefined);

/** Composes all subgraphs in the folder `subgraphs`. Throws one error with all composition errors. */
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
