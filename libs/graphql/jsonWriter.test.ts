/** Answers with serialized JSON are those of the executor, byte for byte. */
import fc from 'fast-check';
import { execute, parse, validate, type GraphQLResolveInfo } from 'graphql';
import { expect, it } from 'vitest';
import { subgraphSchema } from './startSubgraph.ts';
import { stringifyInChunks } from './stringifyInChunks.ts';
import { placeSerializedJson, serializedList, type SerializedValues } from './serializedJson.ts';

const RUNS = 600;

type Context = { written?: SerializedValues };
type Row = { number: unknown; label: unknown; at: number; color: unknown; tags: unknown; inner: unknown };

/** In one list, some rows break the rules of their types. */
const row = (number: number): Row => ({
  number,
  label: number % 3 === 0 ? null : `"${number}"\n\u2028 ä ${String.fromCodePoint(0x1f600)}`,
  at: number * 1_234_567,
  color: number % 2 === 0 ? 'GREEN' : 'BLUE',
  tags: number % 4 === 0 ? null : ['a', null, `${number}`],
  inner: number % 5 === 0 ? null : { depth: number, rows: number > 2 ? [row(number - 3)] : [] },
});
const broken: Partial<Row>[] = [
  { number: null },
  { number: 0.5 },
  { color: 'RED' },
  { inner: { depth: null } },
];
const lists: Record<string, Row[]> = {
  good: Array.from({ length: 6 }, (_, number) => row(number)),
  // Those that JSON escapes are among them.
  characters: Array.from({ length: 130 }, (_, code) => ({
    ...row(1),
    label: `a${String.fromCodePoint(code)}`,
  })),
  none: [],
  ...Object.fromEntries(
    broken.map((change, index) => [`broken${index}`, [row(1), { ...row(2), ...change }, row(3)]]),
  ),
};

const plain = {
  Row: { double: ({ number }: Row) => Number(number) * 2, color: ({ color }: Row) => color },
  Inner: {},
};
const schema = subgraphSchema(
  [
    `type Query { tables: [Table] }
     type Table { rows: [Row!]! maybe: [Row] }
     enum Color { GREEN BLUE }
     interface Numbered { number: Int! }
     type Row implements Numbered { number: Int! double: Float! label: String at: DateTime! color: Color! tags: [String] inner: Inner slow: Int }
     type Inner { depth: Int! rows: [Row!]! }`,
  ],
  {
    Query: { tables: () => Object.keys(lists).map((name) => ({ name })) },
    Table: {
      rows: ({ name }: { name: string }, _: unknown, ctx: Context, info: GraphQLResolveInfo) =>
        serializedList(lists[name]!, ctx as never, info, { resolvers: plain }),
      maybe: async ({ name }: { name: string }, _: unknown, ctx: Context, info: GraphQLResolveInfo) =>
        serializedList([...lists[name]!, null], ctx as never, info, { resolvers: plain }),
    },
    Row: { ...plain.Row, slow: async () => 1 },
  },
);

const directive = fc.constantFrom(
  '',
  '',
  '',
  '',
  ' @skip(if: $yes)',
  ' @include(if: $yes)',
  ' @skip(if: $no)',
  ' @include(if: $no)',
);
const alias = fc.constantFrom('', '', 'one: ', 'two: ', 'three: ');
const { selection } = fc.letrec<{ selection: string; rowSelection: string; innerSelection: string }>(
  (tie) => {
    const sub = (name: 'rowSelection' | 'innerSelection') => tie(name) as fc.Arbitrary<string>;
    const items = (one: fc.Arbitrary<string>) =>
      fc.array(one, { minLength: 1, maxLength: 6 }).map((all) => all.join(' '));
    const leaf = (...names: string[]) =>
      fc.tuple(alias, fc.constantFrom(...names), directive).map(([as, name, when]) => `${as}${name}${when}`);
    const rowField = fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf('number', 'double', 'label', 'at', 'color', 'tags', '__typename'),
      leaf('number', 'label', 'at', 'slow'),
      fc
        .tuple(alias, sub('innerSelection'), directive)
        .map(([as, inner, when]) => `${as}inner${when} { ${inner} }`),
      fc
        .tuple(fc.constantFrom('', 'on Row', 'on Numbered'), sub('rowSelection'), directive)
        .map(([condition, inner, when]) =>
          condition === 'on Numbered'
            ? `... on Numbered${when} { number }`
            : `... ${condition}${when} { ${inner} }`,
        ),
      fc.constantFrom('...F', '...G @include(if: $no)'),
    );
    const innerField = fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf('depth', '__typename'),
      fc
        .tuple(alias, sub('rowSelection'), directive)
        .map(([as, inner, when]) => `${as}rows${when} { ${inner} }`),
    );
    return {
      rowSelection: items(rowField),
      innerSelection: items(innerField),
      selection: fc
        .tuple(fc.constantFrom('rows', 'maybe', 'rows @include(if: $no)'), sub('rowSelection'))
        .map(([name, inner]) => `${name} { ${inner} }`),
    };
  },
);

async function answer(query: string, contextValue: Context): Promise<string> {
  const result = await execute({
    schema,
    document: parse(query),
    contextValue,
    variableValues: { yes: true, no: false },
  });
  const errors = result.errors;
  const response = { body: { kind: 'single', singleResult: { ...result } }, http: { headers: new Map() } };
  const listener = await placeSerializedJson.requestDidStart!({} as never);
  await (listener as { willSendResponse(_: object): Promise<void> }).willSendResponse({
    response,
    contextValue,
    errors,
  });
  const { data } = response.body.singleResult;
  const body = await stringifyInChunks({
    data,
    // Those of different tables come in any order.
    errors: errors?.map((error) => JSON.stringify(error)).toSorted((a, b) => a.localeCompare(b)),
  });
  return String(Buffer.from(body));
}

it('writes what the executor answers', async () => {
  const seen = { written: 0, errors: 0, plain: 0 };
  await fc.assert(
    fc.asyncProperty(selection, async (rows) => {
      const query = `query ($yes: Boolean!, $no: Boolean!) { tables { ${rows} } }
        fragment F on Row { label n: number } fragment G on Row { at }`;
      const document = parse(query);
      const invalid = validate(schema, document).filter(({ message }) => !/never used/.test(message));
      fc.pre(invalid.length === 0);
      const written: SerializedValues = [];
      const stock = await answer(query, {});
      expect(await answer(query, { written })).toBe(stock);
      seen[written.length > 0 ? 'written' : 'plain'] += 1;
      if (stock.includes('"errors":')) seen.errors += 1;
    }),
    { numRuns: RUNS },
  );
  // The comparison has met every case.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(RUNS / 20);
}, 60_000);
