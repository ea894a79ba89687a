import { readdirSync, readFileSync } from 'node:fs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test.each(SUBGRAPHS)('the %s database has the event tables of libs/events', (name) => {
  expect(read(`./${name}/migrations/0000_events.sql`)).toBe(read('../libs/events/outbox.sql'));
  const files = readdirSync(new URL(`./${name}/migrations`, import.meta.url));
  for (const [suffix, source] of [
    ['_events_history.sql', 'outboxHistory.sql'],
    ['_events_actor.sql', 'outboxActor.sql'],
  ] as const) {
    const copies = files.filter((file) => file.endsWith(suffix));
    expect(copies).toHaveLength(1);
    expect(read(`./${name}/migrations/${copies[0]}`)).toBe(read(`../libs/events/${source}`));
  }
});
