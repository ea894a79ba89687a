import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvironmentError } from '@libs/runtime/env';
import { foreignServiceUrl } from '@libs/runtime/foreignSubgraphs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { afterAll, describe, expect, it } from 'vitest';
import { subgraphRoutes } from './subgraphRoutes.ts';
import { composedSupergraph, supergraphIn } from './supergraphFile.ts';

const inFile = (name: string) => ({ name, url: `http://in-the-file/${name}` });
const own = SUBGRAPHS.map(inFile);
const ownUrls = Object.fromEntries(SUBGRAPHS.map((name) => [name, `http://from-env/${name}`]));
const routesOf = (names: string[], variables: Record<string, string> = {}, urls = ownUrls) =>
  subgraphRoutes([...own, ...names.map(inFile)], urls, (name) => foreignServiceUrl(name, variables));

describe('the routes of a supergraph', () => {
  it('lead to Vaga’s subgraphs by their variables, never by the file', () => {
    expect(routesOf([])).toEqual(
      Object.fromEntries(
        SUBGRAPHS.map((name) => [name, { url: `http://from-env/${name}`, isForeign: false }]),
      ),
    );
  });

  it('lead to a foreign subgraph by its variable, else by the file', () => {
    const variables = { GYM_REVIEWS_SERVICE_URL: 'https://reviews.example/graphql?v=2' };
    const routes = routesOf(['gym-reviews', 'loyalty'], variables);
    expect(routes['gym-reviews']).toEqual({ url: variables.GYM_REVIEWS_SERVICE_URL, isForeign: true });
    expect(routes['loyalty']).toEqual({ url: 'http://in-the-file/loyalty', isForeign: true });
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a missing address of ours',
      () => routesOf([], {}, { ...ownUrls, booking: '' }),
      /BOOKING_SERVICE_URL: the subgraph booking needs/,
    ],
    [
      'a supergraph without a subgraph of ours',
      () => subgraphRoutes(own.slice(1), ownUrls, () => undefined),
      /SUPERGRAPH_FILE: .*lacks .*tenant/,
    ],
    [
      'an address that is none',
      () => routesOf(['reviews'], { REVIEWS_SERVICE_URL: 'localhost' }),
      /REVIEWS_SERVICE_URL: expected/,
    ],
    [
      'a foreign subgraph without any address',
      () => subgraphRoutes([...own, { name: 'reviews', url: '' }], ownUrls, () => undefined),
      /REVIEWS_SERVICE_URL: .*needs an address/,
    ],
    ['a name like one of ours', () => routesOf(['Booking']), /'Booking' is too close to 'booking'/],
    ['a name like another process', () => routesOf(['gateway']), /'gateway' is too close/],
    ['two names with one variable', () => routesOf(['a-b', 'a_b']), /'a_b' is too close to 'a-b'/],
    ['a name that makes no variable', () => routesOf(['<b>']), /SUPERGRAPH_FILE: .*'<b>' needs a letter/],
  ])('refuse %s', (_name, read, message) => {
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(message);
  });
});

describe('SUPERGRAPH_FILE', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'supergraph-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (text: string) => {
    const file = path.join(folder, 'supergraph.graphql');
    writeFileSync(file, text);
    return file;
  };

  it('names a composed supergraph', () => {
    const { sdl } = composedSupergraph();
    const { supergraph } = supergraphIn(written(sdl));
    expect(supergraph.subgraphsMetadata().map(({ name }) => name)).toEqual(
      expect.arrayContaining([...SUBGRAPHS]),
    );
  });

  it.each<[string, () => string, RegExp]>([
    ['a file that does not exist', () => path.join(folder, 'nowhere'), /nowhere does not exist/],
    ['a folder', () => folder, /cannot be read \(EISDIR\)/],
    ['an empty file', () => written(''), /not a supergraph/],
    ['a schema', () => written('type Query { a: Int }'), /not a supergraph[^]*npm run compose -- --with/],
    ['anything else', () => written('{"a": 1}'), /not a supergraph/],
    [
      'a newer supergraph',
      () => written(composedSupergraph().sdl.replace('/join/v0.5', '/join/v7.0')),
      /not a supergraph[^]*join/,
    ],
  ])('is refused if it names %s', (_name, file, message) => {
    const read = () => supergraphIn(file());
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(/SUPERGRAPH_FILE: /);
    expect(read).toThrow(message);
  });
});
