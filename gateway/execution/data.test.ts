import { SerializedJson } from '@libs/graphql/stringifyInChunks';
import { buildSchema } from 'graphql';
import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { describe, expect, it } from 'vitest';
import { mergeData, ownValue, readField, rewriteData, selectData, type Data } from './data.ts';

const schema = buildSchema(`
  interface Named { name: String }
  type Room implements Named { id: ID! name: String }
  type Person implements Named { id: ID! name: String }
  union Owner = Room | Person
  type Query { owner: Owner named: Named }`);

const written = (value: unknown) => new SerializedJson([Buffer.from(JSON.stringify(value))], '');
const merged = (target: Data, source: Data | null | undefined): Data => {
  mergeData(target, source);
  return target;
};

describe('mergeData', () => {
  it.each<[string, Data, Data | null | undefined, Data]>([
    ['adds fields', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    ['merges objects', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    [
      'merges lists item by item',
      { a: [{ b: 1 }, { b: 2 }] },
      { a: [{ c: 3 }, { c: 4 }] },
      {
        a: [
          { b: 1, c: 3 },
          { b: 2, c: 4 },
        ],
      },
    ],
    [
      'replaces an item that is null, or becomes it',
      { a: [null, { b: 1 }] },
      { a: [{ b: 2 }, null] },
      { a: [{ b: 2 }, null] },
    ],
    ['replaces lists within lists', { a: [[1], [2]] }, { a: [[3], [4]] }, { a: [[3], [4]] }],
    ['replaces a list of another length', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['replaces what is of another kind', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['replaces an object by null', { a: { b: 1 } }, { a: null }, { a: null }],
    ['replaces null', { a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['ignores what is undefined', { a: 1 }, { a: undefined, b: undefined }, { a: 1 }],
    ['ignores an answer without data', { a: 1 }, null, { a: 1 }],
    ['ignores no answer', { a: 1 }, undefined, { a: 1 }],
  ])('%s', (_, target, source, expected) => {
    expect(merged(target, source)).toEqual(expected);
  });

  it('parses JSON that was written for the client only where both have the field', () => {
    const data = merged({ a: written({ b: 1 }), other: written([1]) }, { a: { c: 2 } });
    expect(data['a']).toEqual({ b: 1, c: 2 });
    expect(data['other']).toBeInstanceOf(SerializedJson);
    expect(merged({ a: { b: 1 } }, { a: written({ c: 2 }) })).toEqual({ a: { b: 1, c: 2 } });
  });

  it('takes names of the prototype for fields', () => {
    const source = JSON.parse('{"__proto__":{"polluted":true},"toString":1,"constructor":{"x":1}}') as Data;
    const data = merged({}, source);
    expect(Object.keys(data)).toEqual(['__proto__', 'toString', 'constructor']);
    expect(ownValue(data, '__proto__')).toEqual({ polluted: true });
    expect(({} as Data)['polluted']).toBeUndefined();
    expect(ownValue({}, 'toString')).toBeUndefined();
    expect(readField({}, '__proto__')).toBeUndefined();
    // Once more, into what is there.
    merged(data, JSON.parse('{"__proto__":{"more":1}}') as Data);
    expect(ownValue(data, '__proto__')).toEqual({ polluted: true, more: 1 });
    expect(({} as Data)['more']).toBeUndefined();
  });
});

const field = (
  name: string,
  selections?: QueryPlanSelectionNode[],
  alias?: string,
): QueryPlanSelectionNode => ({
  kind: 'Field',
  name,
  ...(alias ? { alias } : {}),
  ...(selections ? { selections } : {}),
});
const on = (typeCondition: string, ...selections: QueryPlanSelectionNode[]): QueryPlanSelectionNode => ({
  kind: 'InlineFragment',
  typeCondition,
  selections,
});

describe('selectData', () => {
  const room = { __typename: 'Room', id: '1', name: 'A', tags: [{ x: 1, y: 2 }, null] };

  it.each<[string, QueryPlanSelectionNode[], unknown]>([
    [
      'the fields of its type',
      [on('Room', field('__typename'), field('id'))],
      { __typename: 'Room', id: '1' },
    ],
    ['nothing of another type', [on('Person', field('id'))], {}],
    ['nothing of an unknown type', [on('Nothing', field('id'))], {}],
    ['the fields of its interface', [on('Named', field('name'))], { name: 'A' }],
    ['the fields of its union', [on('Owner', field('id'))], { id: '1' }],
    ['fields by their alias', [field('other', undefined, 'name')], { name: 'A' }],
    ['what is within lists', [field('tags', [field('x')])], { tags: [{ x: 1 }, null] }],
  ])('takes %s', (_, selections, expected) => {
    expect(selectData(schema, room, selections)).toEqual(expected);
  });

  it('is null without a field that is needed, or an object', () => {
    expect(selectData(schema, room, [field('missing')])).toBeNull();
    expect(selectData(schema, null, [field('id')])).toBeNull();
    expect(selectData(schema, { id: '1' }, [on('Room', field('id'))])).toEqual({});
  });

  it('looks into JSON that was written for the client', () => {
    const source = { owner: written({ id: '1', name: 'A' }) };
    expect(selectData(schema, source, [field('owner', [field('id')])])).toEqual({ owner: { id: '1' } });
  });
});

describe('rewriteData', () => {
  const rewritten = <T>(data: T, ...rewrites: FetchDataRewrite[]): T => {
    rewriteData(schema, rewrites, data);
    return data;
  };
  const rename = (path: string[], renameKeyTo: string): FetchDataRewrite => ({
    kind: 'KeyRenamer',
    path,
    renameKeyTo,
  });
  const set = (path: string[], setValueTo: unknown): FetchDataRewrite => ({
    kind: 'ValueSetter',
    path,
    setValueTo,
  });

  it('renames a field, also in lists and in JSON that was written', () => {
    expect(rewritten({ a: { id__1: 5 } }, rename(['a', 'id__1'], 'id'))).toEqual({ a: { id: 5 } });
    expect(rewritten([{ x: [{ b: 1 }, null, { b: 2 }] }], rename(['x', 'b'], 'c'))).toEqual([
      { x: [{ c: 1 }, null, { c: 2 }] },
    ]);
    expect(rewritten({ a: written({ b: 1 }) }, rename(['a', 'b'], 'c'))).toEqual({ a: { c: 1 } });
  });

  it('leaves what is absent', () => {
    expect(rewritten({ a: null, c: 1 }, rename(['a', 'b'], 'c'), rename(['d'], 'c'))).toEqual({
      a: null,
      c: 1,
    });
    expect(rewritten('text', rename(['a'], 'b'))).toBe('text');
    const data = { a: 1 };
    rewriteData(schema, undefined, data);
    expect(data).toEqual({ a: 1 });
  });

  it('sets a value where the type fits, or is not told', () => {
    const typeOf = (text: string) => set([`... on ${text}`, '__typename'], 'Person');
    expect(rewritten({ __typename: 'Room' }, typeOf('Room'))).toEqual({ __typename: 'Person' });
    expect(rewritten({ __typename: 'Room' }, typeOf('Named'))).toEqual({ __typename: 'Person' });
    expect(rewritten({ __typename: 'Room' }, typeOf('Person'))).toEqual({ __typename: 'Room' });
    expect(rewritten({ id: 1 }, typeOf('Person'))).toEqual({ id: 1, __typename: 'Person' });
  });
});
