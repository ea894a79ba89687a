import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composeForeign } from './composeForeign.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'compose-foreign-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FEDERATION =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@inaccessible"])\n';
const STARS = 'type Resource @key(fields: "id") {\n  id: ID!\n  stars: Int\n}';
const POINTS = 'type User @key(fields: "id") {\n  id: ID!\n  points: Int\n}';

function written(name: string, sdl: string): string {
  writeFileSync(path.join(folder, `${name}.graphql`), sdl);
  return `${name}=./${name}.graphql@http://${name}.example/graphql`;
}
const compose = (services: string[], out = 'supergraph.graphql') =>
  composeForeign({ root, folder, services, out });
const ownSupergraph = () => readFileSync(path.join(root, 'gateway/supergraph.graphql'), 'utf8');

it('writes a supergraph of our subgraphs and the foreign ones, and leaves ours alone', async () => {
  const before = ownSupergraph();
  const services = [written('reviews', FEDERATION + STARS), written('loyalty', FEDERATION + POINTS)];
  expect(await compose(services)).toContain(`SUPERGRAPH_FILE=${path.join(folder, 'supergraph.graphql')}`);
  // Again over its own file.
  await compose(services);
  const supergraph = readFileSync(path.join(folder, 'supergraph.graphql'), 'utf8');
  expect(supergraph).toContain('@join__graph(name: "reviews", url: "http://reviews.example/graphql")');
  expect(supergraph).toContain('@join__graph(name: "booking", url: "http://127.0.0.1:4004/graphql")');
  expect(supergraph).toMatch(/stars: Int @join__field\(graph: REVIEWS\)/);
  expect(supergraph).toMatch(/points: Int @join__field\(graph: LOYALTY\)/);
  expect(ownSupergraph()).toBe(before);
});

describe('refuses, and says where,', () => {
  it.each<[string, () => string[], RegExp]>([
    [
      'an argument of another form',
      () => ['reviews=reviews.graphql'],
      /'reviews=reviews.graphql': expected --with name=/,
    ],
    ['an address that is none', () => ['reviews=reviews.graphql@http://'], /expected --with name=/],
    [
      'a file that does not exist',
      () => ['reviews=none.graphql@http://x/'],
      /reviews: none.graphql does not exist/,
    ],
    ['a folder', () => ['reviews=.@http://x/'], /reviews: \. cannot be read \(EISDIR\)/],
    [
      'a syntax error',
      () => [written('syntax', 'type A {\n  b: }')],
      /syntax \(\.\/syntax\.graphql:2:6\): Syntax Error/,
    ],
    [
      'the name of a subgraph of ours',
      () => [written('booking', FEDERATION + STARS)],
      /'booking' is too close to 'booking'/,
    ],
    [
      'a name twice',
      () => [written('twice', FEDERATION + STARS), written('twice', FEDERATION + STARS)],
      /'twice' is too close to 'twice'/,
    ],
    [
      'an unknown type',
      () => [written('unknown', `${FEDERATION}type Query {\n  a: Foo\n}`)],
      /\[unknown\] Unknown type Foo\n    at \.\/unknown\.graphql:3:6/,
    ],
    [
      'a field that is ours',
      () => [
        written('ours', `${FEDERATION}type Resource @key(fields: "id") {\n  id: ID!\n  name: String!\n}`),
      ],
      /"Resource\.name"[^]*\n    at \.\/ours\.graphql:4:3\n    at Vaga's subgraph resource/,
    ],
    [
      'a field that it takes over',
      () => [
        written(
          'thief',
          `${FEDERATION}type Mutation { signOut(refreshToken: String!): Boolean! @override(from: "user") }`,
        ),
      ],
      /cannot be taken over with @override:\n  Mutation\.signOut of user/,
    ],
    [
      'what would hide a part of the contract',
      () => [
        written(
          'hider',
          `${FEDERATION}type Resource @key(fields: "id") @inaccessible { id: ID! stars: Int }`,
        ),
      ],
      /Resource/,
    ],
    [
      'what would take an input field from the contract',
      () => [
        written(
          'narrow',
          `${FEDERATION}type Query { find(filter: BookingFilter): Int }\ninput BookingFilter { userId: ID }`,
        ),
      ],
      /may add to the API, and not change it:[^]*BookingFilter\.status/,
    ],
  ])('%s', async (_name, services, message) => {
    const given = services();
    await expect(compose(given, 'refused.graphql')).rejects.toThrow(message);
    expect(() => readFileSync(path.join(folder, 'refused.graphql'))).toThrow('ENOENT');
  });

  it.each<[string, string, RegExp]>([
    ['our supergraph', path.join(root, 'gateway/supergraph.graphql'), /this file is Vaga's own/],
    ['our supergraph by a link', 'link.graphql', /this file is Vaga's own/],
    ['our contract', path.join(root, 'docs/api.graphql'), /this file is Vaga's own/],
    ['a file of somebody else', 'precious.graphql', /compose has not written it/],
    ['a folder', '.', /compose has not written it/],
    ['a file in a folder that does not exist', 'nowhere/supergraph.graphql', /there is no folder/],
  ])('to overwrite %s', async (_name, out, message) => {
    const link = path.join(folder, 'link.graphql');
    rmSync(link, { force: true });
    symlinkSync(path.join(root, 'gateway/supergraph.graphql'), link);
    writeFileSync(path.join(folder, 'precious.graphql'), 'precious');
    const before = ownSupergraph();
    await expect(compose([written('reviews', FEDERATION + STARS)], out)).rejects.toThrow(message);
    expect(ownSupergraph()).toBe(before);
    expect(readFileSync(path.join(folder, 'precious.graphql'), 'utf8')).toBe('precious');
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/check/compose.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, INIT_CWD: folder },
    });

  it('explains itself with --help', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--with reviews=') });
  });

  it.each([
    ['an option that it does not have', ['--wiht', 'x'], /Unknown option '--wiht'[^]*--with reviews=/],
    ['--out alone', ['--out', 'supergraph.graphql'], /--out is for --with[^]*--with reviews=/],
    ['--with and --check', ['--check', '--with', 'x'], /--with goes with neither --check nor --breaking/],
    ['a subgraph without an address', ['--with', 'reviews=x'], /'reviews=x': expected --with name=/],
  ])('refuses %s, and says what it takes', (_name, args, message) => {
    expect(run(...args)).toMatchObject({ status: 1, stderr: expect.stringMatching(message) });
  });

  it('writes supergraph.graphql where npm was called', () => {
    const service = written('commanded', FEDERATION + STARS);
    expect(run('--with', service)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(path.join(folder, 'supergraph.graphql'), 'utf8')).toContain('COMMANDED');
  });
});
