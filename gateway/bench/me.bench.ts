/** The smallest query with a caller beside the smallest query. */
import { it } from 'vitest';
import { post, sideBySide } from './load.ts';
import { reporter } from './report.ts';
import { benchSystem } from './system.ts';

const report = reporter(import.meta.filename);
const { vaga, token, target } = await benchSystem({ resources: 0 });

it('me', async () => {
  const query = (name: string, expected: string) => {
    const body = JSON.stringify({ query: name });
    return { name, work: () => post(target, body, token, expected) };
  };
  report(
    await sideBySide(vaga, query('{ me { id } }', '"me":{"id":"'), [query('{ __typename }', '"Query"')]),
  );
});
