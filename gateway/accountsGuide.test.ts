/** Every request of docs/guides/accounts.md is valid, so it can be copied. */
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const schema = buildSchema(read('schema.graphql'));
const requests = [...read('../docs/guides/accounts.md').matchAll(/^```graphql\n([^]*?)^```$/gm)].map(
  ([, request]) => request!,
);

it('has requests', () => {
  expect(requests.length).toBeGreaterThan(8);
});

it.each(requests)('%s', (request) => {
  expect(validate(schema, parse(request))).toEqual([]);
});
