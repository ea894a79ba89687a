/** Deduplicates entity look-ups: the executor asks for the tenant of fifty bookings fifty times. */
import type { GraphQLFormattedError } from 'graphql';

export type EntityAnswer = {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
};

type Variables = Record<string, unknown>;

/** Equal for equal ones. Nearly all have only an id, for which JSON takes several times as long. */
function keyOf(representation: Record<string, unknown>): string {
  const { __typename: type, id } = representation;
  const isShort =
    typeof type === 'string' && typeof id === 'string' && Object.keys(representation).length === 2;
  return isShort ? `${type}:${id}` : JSON.stringify(representation);
}

const unchanged = (answer: EntityAnswer): EntityAnswer => answer;

/** The booking subgraph limits the slots of an answer, so it must see every occurrence. */
export const COUNTED_FIELD = /\bavailability\b/;

/**
 * The variables without repeated representations; `restore` puts each entity (the same object) and each error of the answer at all
 * original indexes.
 */
export function deduplicated(
  variables: Variables,
  query = '',
): {
  variables: Variables;
  restore: (answer: EntityAnswer) => EntityAnswer;
} {
  const requested = variables['representations'];
  if (!Array.isArray(requested) || COUNTED_FIELD.test(query)) return { variables, restore: unchanged };

  const indexes = new Map<string, number[]>();
  requested.forEach((representation, index) => {
    const key = keyOf(representation as Record<string, unknown>);
    const same = indexes.get(key);
    if (same) same.push(index);
    else indexes.set(key, [index]);
  });
  if (indexes.size === requested.length) return { variables, restore: unchanged };

  const groups = [...indexes.values()];
  const representations = groups.map(([first]) => requested[first!]);
  return {
    variables: { ...variables, representations },
    restore: (answer) => expand(answer, groups, requested.length),
  };
}

function expand(answer: EntityAnswer, groups: number[][], count: number): EntityAnswer {
  const found = answer.data?.['_entities'];
  let { data } = answer;
  if (Array.isArray(found) && found.length === groups.length) {
    const entities = Array.from({ length: count }, (): unknown => null);
    groups.forEach((group, index) => group.forEach((position) => (entities[position] = found[index])));
    data = { ...data, _entities: entities };
  }
  const errors = answer.errors?.flatMap((error) => {
    const [root, index, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof index !== 'number') return [error];
    return (groups[index] ?? []).map((position) => ({ ...error, path: [root, position, ...rest] }));
  });
  return { data, ...(errors ? { errors } : {}) };
}
