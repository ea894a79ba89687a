import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { EnvironmentError } from '@libs/runtime/env';

const COMPOSE = 'npm run compose -- --with name=schema.graphql@http://…';

export type LoadedSupergraph = { sdl: string; supergraph: Supergraph };

/** Throws if `sdl` is not a supergraph that this gateway understands. */
export const loadSupergraph = (sdl: string): LoadedSupergraph => ({ sdl, supergraph: Supergraph.build(sdl) });

/** The supergraph of Vaga alone, which `npm run compose` writes. */
export const composedSupergraph = (): LoadedSupergraph =>
  loadSupergraph(readFileSync(new URL('../supergraph.graphql', import.meta.url), 'utf8'));

/** The supergraph in `file`, the value of SUPERGRAPH_FILE. Throws EnvironmentError. */
export function supergraphIn(file: string): LoadedSupergraph {
  const problem = (text: string) => new EnvironmentError([`SUPERGRAPH_FILE: ${file} ${text}`]);
  let sdl: string;
  try {
    sdl = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw problem(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`);
  }
  try {
    return loadSupergraph(sdl);
  } catch (error) {
    throw problem(`is not a supergraph that this gateway understands. Compose one with: ${COMPOSE}
    ${(error as Error).message.trim().replaceAll('\n', '\n    ')}`);
  }
}
