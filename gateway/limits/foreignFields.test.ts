import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { getOperationAST, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { composedSupergraph } from '../upstream/supergraphFile.ts';
import { foreignFields } from './foreignFields.ts';
import { queryCost } from './queryCost.ts';

const FEDERATION =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@listSize"])';
const OURS = `${FEDERATION}
  type Query { room: Room }
  type Room @key(fields: "id") { id: ID! name: String bookings(first: Int = 50): Page! }
  type Page @shareable { nodes: [Room!]! }`;
const THEIRS = `${FEDERATION}
  type Query { news: [Review!] }
  type Room @key(fields: "id") {
    id: ID! name: String @external
    reviews(first: Int = 10): [Review!]
    log(limit: Int): [Review!] @listSize(slicingArguments: ["limit"], assumedSize: 400, requireOneSlicingArgument: false)
    all: [Review!] @listSize(assumedSize: 5000)
    greeting: String @requires(fields: "name")
    others(first: Int): Page
  }
  type Page @shareable { nodes: [Room!]! }
  type Review { text: String replies: [Review!] }`;

const composed = composeServices([
  { name: 'booking', url: 'http://booking', typeDefs: parse(OURS) },
  { name: 'reviews', url: 'http://reviews', typeDefs: parse(THEIRS) },
]);
const fields = foreignFields(composed.supergraphSdl!);
const schema = Supergraph.build(composed.supergraphSdl!).apiSchema().toGraphQLJSSchema();

function objectsOf(query: string): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return queryCost(schema, document, getOperationAST(document)!, {}, fields).objects;
}

it('finds the fields that only foreign subgraphs resolve', () => {
  expect([...fields.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual([
    'Query.news',
    'Review.replies',
    'Review.text',
    'Room.all',
    'Room.greeting',
    'Room.log',
    'Room.others',
    'Room.reviews',
  ]);
  expect(foreignFields(composedSupergraph().sdl).size).toBe(0);
});

it.each<[string, string, number]>([
  ['by its page size', '{ room { reviews(first: 3) { text } } }', 1 + 3],
  ['by its default page size', '{ room { reviews { text } } }', 1 + 10],
  ['by a page size beyond our maximum', '{ room { reviews(first: 90000) { text } } }', 1 + 90_000],
  ['by its own argument', '{ room { log(limit: 7) { text } } }', 1 + 7],
  ['by its assumed size', '{ room { log { text } } }', 1 + 400],
  ['by its assumed size, whatever it is', '{ room { all { text } } }', 1 + 5_000],
  ['as ten items if it says nothing', '{ news { text } }', 10],
  ['within a page of our own', '{ room { bookings(first: 4) { nodes { all { text } } } } }', 2 + 4 * 5_001],
  [
    'within a list of its own, not by its page',
    '{ room { reviews(first: 3) { replies { text } } } }',
    1 + 3 * 11,
  ],
  ['within a connection', '{ room { others(first: 300) { nodes { id } } } }', 2 + 300],
])('counts a foreign list %s', (_how, query, objects) => expect(objectsOf(query)).toBe(objects));

it('counts our own pages up to our maximum', () => {
  expect(objectsOf('{ room { bookings(first: 90000) { nodes { id } } } }')).toBe(2 + 100);
});
