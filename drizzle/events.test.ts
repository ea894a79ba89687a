import { readFileSync } from 'node:fs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The migration that brings each database's tables of events to what they are now. */
const HISTORY = {
  tenant: '0003_events_history',
  user: '0003_events_history',
  resource: '0002_events_history',
  booking: '0005_events_history',
};

test.each(SUBGRAPHS)('the %s database keeps events exactly as libs/events reads and writes them', (name) => {
  expect(read(`./${name}/migrations/0000_events.sql`)).toBe(read('../libs/events/outbox.sql'));
  expect(read(`./${name}/migrations/${HISTORY[name]}.sql`)).toBe(read('../libs/events/outboxHistory.sql'));
});
