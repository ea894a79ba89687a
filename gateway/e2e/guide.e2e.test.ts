/** Runs docs/guides/model-your-business.md as written there: every request in its order, and every answer that it shows. */
import { readFileSync } from 'node:fs';
import { PLATFORM_ADMIN, sharedFederation } from '@libs/testing/federation';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';

const ZONE = 'America/Sao_Paulo';
const STEPS = 36;
const NUMBERS_AHEAD = /^\*\*(?=\d+\. )/m;

const guide = readFileSync(new URL('../../docs/guides/model-your-business.md', import.meta.url), 'utf8');
const steps = guide.split(NUMBERS_AHEAD).slice(1).map(parseStep);
const vaga = await sharedFederation();

/** What the page calls `<…>`. */
const values = new Map<string, string>([
  ['year', String(Temporal.Now.plainDateISO(ZONE).year)],
  ...Array.from({ length: 7 }, (_, days): [string, string] => [
    `day ${days}`,
    Temporal.Now.plainDateISO(ZONE).add({ days }).toString(),
  ]),
]);

function parseStep(text: string) {
  const blocks = [...text.matchAll(/^```(graphql|json)\n([^]*?)^```$/gm)];
  const [query, variables, answer] = blocks.map(([, , body]) => body!);
  return {
    title: /^.*?\*\*/.exec(text)![0].replace('**', ''),
    languages: blocks.map(([, language]) => language),
    session: /^\d+\. As `<([\w ]+)>`/.exec(text)?.[1],
    ...{ query: query!, variables: variables!, answer },
    kept: [...text.matchAll(/`([\w.]+)` as `<([\w ]+)>`/g)].map(([, path, name]) => ({
      path: path!,
      name: name!,
    })),
  };
}

/** Throws for a word that no earlier step kept. */
const fill = (text: string): string =>
  text.replaceAll(/<([\w ]+)>/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no earlier step keeps <${name}>`);
    return value;
  });

const at = (data: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], data);

/** On every level of the answer: a step that shows none must succeed. */
const userErrorsIn = (data: object): unknown[] =>
  Object.values(data).flatMap((payload) => (payload as { userErrors?: unknown[] } | null)?.userErrors ?? []);

it('has numbered steps of a request, its variables and perhaps an answer', () => {
  expect(steps.map(({ title }) => Number.parseInt(title, 10))).toEqual(
    Array.from({ length: STEPS }, (_, index) => index + 1),
  );
  for (const { languages } of steps) {
    expect([
      ['graphql', 'json'],
      ['graphql', 'json', 'json'],
    ]).toContainEqual(languages);
  }
  // Every block belongs to a step.
  expect(steps.flatMap(({ languages }) => languages)).toHaveLength(guide.match(/^```\w+$/gm)!.length);
});

it.each(steps)('$title', async ({ query, variables, answer, session, kept }) => {
  const filled = fill(variables)
    .replace('admin@vaga.local', PLATFORM_ADMIN.email)
    .replace('vaga-development-admin', PLATFORM_ADMIN.password);
  const token = session && fill(`<${session}>`);
  const data: object = await vaga.data(query, JSON.parse(filled) as Record<string, unknown>, { token });
  if (!answer) expect(userErrorsIn(data)).toEqual([]);
  for (const [path, expected] of Object.entries(JSON.parse(fill(answer ?? '{}')) as Record<string, object>)) {
    expect(at(data, path), path).toMatchObject(expected);
  }
  for (const { path, name } of kept) values.set(name, String(at(data, path)));
});
