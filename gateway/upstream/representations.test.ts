import { expect, it } from 'vitest';
import { deduplicated } from './representations.ts';

const of = (...ids: string[]) => ({ kept: 1, representations: ids.map((id) => ({ __typename: 'T', id })) });

it('asks once for a repeated entity, and restores it at every index', () => {
  const { variables, restore } = deduplicated(of('a', 'b', 'a', 'a'));
  expect(variables).toEqual(of('a', 'b'));
  const answer = restore({ data: { _entities: ['A', null] } });
  expect(answer).toEqual({ data: { _entities: ['A', null, 'A', 'A'] } });
});

it('repeats an entity’s error at every index, and leaves other errors unchanged', () => {
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

it('changes nothing if no entity repeats or none is requested', () => {
  const once = of('a', 'b');
  expect(deduplicated(once).variables).toBe(once);
  const answer = { data: { _entities: [1, 2] } };
  expect(deduplicated(once).restore(answer)).toBe(answer);
  const other = { id: 1 };
  expect(deduplicated(other).variables).toBe(other);
});

it('keeps representations that differ in any field', () => {
  const representations = [
    { id: 'a', x: 1 },
    { id: 'a', x: 2 },
    { __typename: 'T', id: 'a' },
    { __typename: 'U', id: 'a' },
    { __typename: 'T', id: 'a', x: 1 },
    { __typename: 'T', id: 1 },
    { __typename: 'T', id: '1' },
  ];
  expect(deduplicated({ representations }).variables['representations']).toEqual(representations);
});

it('passes on an answer without entities', () => {
  const { restore } = deduplicated(of('a', 'a'));
  expect(restore({ data: null, errors: [{ message: 'x' }] })).toEqual({
    data: null,
    errors: [{ message: 'x' }],
  });
});
