import { readFileSync } from 'node:fs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test.each(SUBGRAPHS)('the %s database keeps events exactly as libs/events reads and writes them', (name) => {
  expect(read(`./${name}/migrations/0000_events.sql`)).toBe(read('../libs/events/outbox.sql'));
});
