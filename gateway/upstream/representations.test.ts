import { expect, it } from 'vitest';
import { deduplicated } from './representations.ts';

const of = (...ids: string[]) => ({ kept: 1, representations: ids.map((id) => ({ __typename: 'T', id })) });

it('asks once for what is wanted twice, and puts it back in its places', () => {
  const { variables, restore } = deduplicated(of('a', 'b', 'a', 'a'));
  expect(variables).toEqual(of('a', 'b'));
  const answer = restore({ data: { _entities: ['A', null] } });
  expect(answer).toEqual({ data: { _entities: ['A', null, 'A', 'A'] } });
});

it('repeats an error at each of its places, and leaves others as they are', () => {
  const { restore } = deduplicated(of('a', 'b', 'a'));
  const { errors } = restore({
    data: { _entities: [null, null] },
    errors: [{ message: 'x', path: ['_entities', 0, 'name'] }, { message: 'y' }],
  });
  expect(errors!.map(({ path }) => path)).toEqual([
    ['_entities', 0, 'name'],
    ['_entities', 2, 'name'],
    undefined,
  ]);
});

it('touches nothing where nothing repeats, or no entities are asked for', () => {
  const once = of('a', 'b');
  expect(deduplicated(once).variables).toBe(once);
  const answer = { data: { _entities: [1, 2] } };
  expect(deduplicated(once).restore(answer)).toBe(answer);
  const other = { id: 1 };
  expect(deduplicated(other).variables).toBe(other);
});

it('tells apart what differs in any field', () => {
  const representations = [
    { id: 'a', x: 1 },
    { id: 'a', x: 2 },
  ];
  expect(deduplicated({ representations }).variables['representations']).toEqual(representations);
});

it('hands on an answer without entities', () => {
  const { restore } = deduplicated(of('a', 'a'));
  expect(restore({ data: null, errors: [{ message: 'x' }] })).toEqual({
    data: null,
    errors: [{ message: 'x' }],
  });
});
