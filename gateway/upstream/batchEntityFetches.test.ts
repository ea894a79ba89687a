import { expect, it } from 'vitest';
import { batchedWithinRequests } from './batchEntityFetches.ts';
import type { SubgraphSource } from './dataSource.ts';

type Options = Parameters<SubgraphSource['process']>[0];

/** A source that answers each representation with its id, and fails for the id 'bad'. */
function setup() {
  const fetches: unknown[][] = [];
  const source = batchedWithinRequests({
    process: async ({ request }: Options) => {
      const ids = (request.variables!['representations'] as { id: string }[]).map(({ id }) => id);
      fetches.push(ids);
      const errors = ids.flatMap((id, index) =>
        id === 'bad' ? [{ message: id, path: ['_entities', index] }] : [],
      );
      return {
        data: { _entities: ids.map((id) => (id === 'bad' ? null : { id })) },
        ...(errors.length > 0 ? { errors } : {}),
      };
    },
    stalled: () => 0,
    close: async () => {},
  } as unknown as SubgraphSource);
  const ask = (context: object, name: string, field: string, ...ids: string[]) => {
    const query = `query ${name}($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { ${field} } } }`;
    const request = { query, operationName: name, variables: { representations: ids.map((id) => ({ id })) } };
    return source.process({ request, context } as unknown as Options) as Promise<{
      data: object;
      errors?: object[];
    }>;
  };
  return { fetches, ask };
}

it('sends the same question about several paths of a request as one, and gives each its part and its errors', async () => {
  const { fetches, ask } = setup();
  const request = {};
  const [users, clients] = await Promise.all([
    ask(request, 'List__user__1', 'name', 'a', 'b'),
    ask(request, 'List__user__2', 'name', 'bad', 'c'),
  ]);
  expect(fetches).toEqual([['a', 'b', 'bad', 'c']]);
  expect(users).toEqual({ data: { _entities: [{ id: 'a' }, { id: 'b' }] } });
  expect(clients.data).toEqual({ _entities: [null, { id: 'c' }] });
  expect(clients.errors).toMatchObject([{ message: 'bad', path: ['_entities', 0] }]);
});

it('keeps requests, other questions and questions about availability apart', async () => {
  const { fetches, ask } = setup();
  const [one, other] = [{}, {}];
  await Promise.all([
    ask(one, 'A', 'name', 'a'),
    ask(other, 'A', 'name', 'b'),
    ask(one, 'B', 'email', 'c'),
    ask(one, 'C', 'availability { date }', 'd'),
    ask(one, 'D', 'availability { date }', 'e'),
  ]);
  expect(fetches.map((ids) => ids.join()).toSorted((x, y) => x.localeCompare(y))).toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
});
