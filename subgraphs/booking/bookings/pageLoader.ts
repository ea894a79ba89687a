import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import DataLoader from 'dataloader';
import { countBookings, listBookings, type BookingList, type Stretch } from './listStore.ts';

/** One parent's page: `parentId` is the tenant's own id where the list is the tenant's. */
export type PageKey = { tenantId: TenantId; list: BookingList; parentId: string; stretch: Stretch };

export type PageLoader = {
  rows(key: PageKey): Promise<BookingRow[]>;
  count(key: Omit<PageKey, 'stretch'>): Promise<number>;
};

/** Loads pages and counts of bookings; what is asked for alike of many parents at once is one statement. */
export function pageLoader(db: Db): PageLoader {
  const rows = new DataLoader<PageKey, BookingRow[]>(
    (keys) =>
      byQuestion(keys, async ({ tenantId, list, stretch }, parentIds) =>
        listBookings(tenantId, db, list, parentIds, stretch),
      ),
    { cache: false },
  );
  const counts = new DataLoader<Omit<PageKey, 'stretch'>, number | undefined>(
    (keys) =>
      byQuestion(keys, async ({ tenantId, list }, parentIds) => countBookings(tenantId, db, list, parentIds)),
    { cache: false },
  );
  return {
    rows: (key) => rows.load(key),
    count: async (key) => (await counts.load(key)) ?? 0,
  };
}

/** Asks each question once for all of its parents, and gives the answers in the order of `keys`. */
async function byQuestion<Key extends { parentId: string }, Answer>(
  keys: readonly Key[],
  ask: (question: Key, parentIds: string[]) => Promise<Map<string, Answer>>,
): Promise<Answer[]> {
  const questions = new Map<string, Key[]>();
  const nameOf = (key: Key): string => JSON.stringify({ ...key, parentId: undefined });
  for (const key of keys) {
    const name = nameOf(key);
    questions.set(name, [...(questions.get(name) ?? []), key]);
  }
  const answers = new Map<Key, Answer>();
  await Promise.all(
    [...questions.values()].map(async (alike) => {
      const found = await ask(alike[0]!, [...new Set(alike.map(({ parentId }) => parentId))]);
      for (const key of alike) answers.set(key, found.get(key.parentId)!);
    }),
  );
  return keys.map((key) => answers.get(key)!);
}
