/** Names and addresses of subgraphs that are not Vaga's (docs/decisions/0027-foreign-subgraphs.md). */
import { z } from 'zod';
import { EnvironmentError } from './env.ts';
import { PROCESSES } from './subgraphs.ts';

/** Makes a name of an environment variable. */
const NAME = /^[a-z][a-z\d_-]*$/i;
/** Beside the subgraphs, /ready and the landing page name these. */
const RESERVED_NAMES: readonly string[] = [...PROCESSES, 'redis'];

/** `REVIEWS_SERVICE_URL`. */
export const foreignServiceUrlVariable = (name: string): string =>
  `${name.toUpperCase().replaceAll('-', '_')}_SERVICE_URL`;

/** Why subgraphs cannot have these names; [] if they can. */
export function foreignNameProblems(names: readonly string[]): string[] {
  const taken = new Map(RESERVED_NAMES.map((name) => [foreignServiceUrlVariable(name), name]));
  return names.flatMap((name) => {
    if (!NAME.test(name))
      return [`the subgraph's name '${name}' needs a letter, then letters, digits, - or _`];
    const variable = foreignServiceUrlVariable(name);
    const other = taken.get(variable);
    taken.set(variable, name);
    return other === undefined ? [] : [`the subgraph's name '${name}' is too close to '${other}'`];
  });
}

/** The address in `<NAME>_SERVICE_URL`; undefined if it is not set. Throws EnvironmentError. */
export function foreignServiceUrl(
  name: string,
  variables: Record<string, string | undefined> = process.env,
): string | undefined {
  const variable = foreignServiceUrlVariable(name);
  const value = variables[variable];
  if (!value) return undefined;
  if (!isServiceUrl(value)) throw new EnvironmentError([`${variable}: expected an http or https URL`]);
  return value;
}

export const isServiceUrl = (text: string): boolean =>
  z.url({ protocol: /^https?$/ }).safeParse(text).success;
