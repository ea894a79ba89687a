import { readFileSync } from 'node:fs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The migrations that `outboxHistory.sql` became. */
const HISTORY = {
  tenant: '0003_events_history',
  user: '0003_events_history',
  resource: '0002_events_history',
  booking: '0005_events_history',
};

test.each(SUBGRAPHS)('the %s database has the event tables of libs/events', (name) => {
  expect(read(`./${name}/migrations/0000_events.sql`)).toBe(read('../libs/events/outbox.sql'));
  expect(read(`./${name}/migrations/${HISTORY[name]}.sql`)).toBe(read('../libs/events/outboxHistory.sql'));
});
