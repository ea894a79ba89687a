/**
 * Every schema that a database of an earlier release may have. The first migrations were edited after databases had applied them;
 * `released/` has the original files. All other files were never edited.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type DatabaseName = 'tenant' | 'user' | 'resource' | 'booking';

export type ReleasedState = {
  database: DatabaseName;
  /** The last applied migration. */
  last: string;
  /** By migration, the original file that was applied. */
  edited: Readonly<Record<string, string>>;
};

const FIRST = { '0000_events': '0000_events.first.sql' };
const SECOND = { '0000_events': '0000_events.second.sql', '0001_bookings': '0001_bookings.first.sql' };
const ONLY_BOOKINGS = { '0001_bookings': '0001_bookings.first.sql' };

const state = (
  database: DatabaseName,
  last: string,
  edited: ReleasedState['edited'] = {},
): ReleasedState => ({ database, last, edited });

export const RELEASED_STATES: readonly ReleasedState[] = [
  state('tenant', '0001_tenants', FIRST),
  state('tenant', '0001_tenants'),
  state('tenant', '0002_webhooks', FIRST),
  state('tenant', '0002_webhooks'),
  state('user', '0000_events', FIRST),
  state('user', '0001_users', FIRST),
  state('user', '0001_users'),
  state('user', '0002_notifications', FIRST),
  state('user', '0002_notifications'),
  state('resource', '0000_events', FIRST),
  state('resource', '0001_resources', FIRST),
  state('resource', '0001_resources'),
  state('booking', '0000_events', FIRST),
  state('booking', '0001_bookings', { ...FIRST, ...ONLY_BOOKINGS }),
  state('booking', '0001_bookings', SECOND),
  state('booking', '0001_bookings', ONLY_BOOKINGS),
  state('booking', '0002_tenancy_statistics'),
  state('booking', '0003_resource_versions'),
  state('booking', '0004_longest_day', { ...FIRST, ...ONLY_BOOKINGS }),
  state('booking', '0004_longest_day', SECOND),
  state('booking', '0004_longest_day'),
];

/** Writes the migrations of a state to `folder` in the layout of drizzle's migrator. */
export function writeMigrations({ database, last, edited }: ReleasedState, folder: string): void {
  const migrations = path.join(import.meta.dirname, '..', database, 'migrations');
  const journal = JSON.parse(readFileSync(path.join(migrations, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  const count = journal.entries.findIndex(({ tag }) => tag === last) + 1;
  const entries = journal.entries.slice(0, count);
  mkdirSync(path.join(folder, 'meta'), { recursive: true });
  writeFileSync(path.join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
  for (const { tag } of entries) {
    const file = edited[tag];
    const source = file
      ? path.join(import.meta.dirname, 'released', file)
      : path.join(migrations, `${tag}.sql`);
    copyFileSync(source, path.join(folder, `${tag}.sql`));
  }
}
