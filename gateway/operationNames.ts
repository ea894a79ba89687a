/** Names of operations for metrics and logs. Clients choose them, so only a limited number is told apart. */
import { Kind, parse } from 'graphql';
import type { Documents } from './documents/manifest.ts';

/** Names of other documents than trusted ones. */
export const MAX_OPERATION_NAMES = 100;
/** A longer one may be no name, but a token that got there by mistake. */
export const MAX_OPERATION_NAME_CHARACTERS = 40;
const UNNAMED = 'unnamed';
const OTHER = 'other';

export type OperationNames = (name: string | undefined) => string;

/** The name itself if it is of a trusted document, or among the first MAX_OPERATION_NAMES others; else `other`. */
export function operationNames(trusted: Documents): OperationNames {
  const known = new Set([...trusted.values()].flatMap(namesIn));
  const max = known.size + MAX_OPERATION_NAMES;
  return (name) => {
    if (!name) return UNNAMED;
    if (known.has(name)) return name;
    if (known.size >= max || name.length > MAX_OPERATION_NAME_CHARACTERS) return OTHER;
    known.add(name);
    return name;
  };
}

/** Empty for a document that cannot be parsed: a request for it is refused. */
function namesIn(document: string): string[] {
  try {
    return parse(document).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
    );
  } catch {
    return [];
  }
}
