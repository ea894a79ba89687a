/** Composes the subgraphs' SDL into the gateway's supergraph and its clients' schema. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { readTypes, schemaFilesOf, subgraphTypes } from '@libs/graphql/types';
import { sharedVariables } from '@libs/runtime/env';
import { serviceUrlVariable, SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { parse, printSchema, Source } from 'graphql';
import { compositionProblem } from './compositionProblem.ts';
import { overriddenFields, type Service } from './foreignServices.ts';

export type Composed = {
  /** The supergraph's SDL (join v0.5, which other routers read too). */
  supergraph: string;
  /** The API schema for clients, without federation directives and inaccessible elements. */
  schema: string;
};

/** How composed files begin. */
export const COMPOSED = '# Composed by `npm run compose`';

const noteOf = (foreign: readonly Service[]): string =>
  `${COMPOSED} from ${['subgraphs/*/*/schema.graphql', ...foreign.map(({ name }) => name)].join(', ')}; not for editing.\n\n`;

/** A subgraph's address in development. At run time *_SERVICE_URL replaces it. */
const developmentUrl = (name: SubgraphName): string =>
  sharedVariables[serviceUrlVariable(name)].parse(undefined);

function ownServices(subgraphs: string): Service[] {
  const unknown = readdirSync(subgraphs).filter((name) => !SUBGRAPHS.includes(name as never));
  if (unknown.length > 0)
    throw new Error(`libs/runtime/subgraphs.ts does not list the subgraph ${unknown.join(', ')}`);
  return SUBGRAPHS.filter((name) => existsSync(path.join(subgraphs, name))).map((name) => {
    const folder = path.join(subgraphs, name);
    const types = readTypes(pathToFileURL(path.join(folder, 'main.ts')).href, ...schemaFilesOf(folder));
    return { name, url: developmentUrl(name), typeDefs: parse(new Source(subgraphTypes(types), name)) };
  });
}

/** Composes all subgraphs in the folder `subgraphs` and foreign ones. Throws one error with all composition errors. */
export function composition(subgraphs: string, foreign: readonly Service[] = []): Composed {
  const composed = composeServices([...ownServices(subgraphs), ...foreign]);
  if (composed.errors)
    throw new Error(`The subgraphs do not compose:\n${composed.errors.map(compositionProblem).join('\n')}`);
  const overridden = overriddenFields(parse(composed.supergraphSdl));
  if (overridden.length > 0)
    throw new Error(`Vaga's fields cannot be taken over with @override:\n  ${overridden.join('\n  ')}`);
  const api = Supergraph.build(composed.supergraphSdl).apiSchema().toGraphQLJSSchema();
  const note = noteOf(foreign);
  return { supergraph: `${note}${composed.supergraphSdl.trim()}\n`, schema: `${note}${printSchema(api)}\n` };
}
