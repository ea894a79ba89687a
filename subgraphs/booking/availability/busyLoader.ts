import type { Db } from '@libs/db/connect';
import DataLoader from 'dataloader';
import type { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../bookings/rules.ts';
import { busyTimesOfAllTenants } from './store.ts';

type Question = { resourceId: string; from: Temporal.Instant; to: Temporal.Instant };
export type BusyLoader = { load(question: Question): Promise<Occurrence[]> };

/** Loads what holds resources; one statement for all resources of which the same time is asked. */
export function busyLoader(db: Db): BusyLoader {
  return new DataLoader<Question, Occurrence[]>(
    async (questions) => {
      const ranges = new Map<string, Question[]>();
      for (const question of questions) {
        const range = JSON.stringify([question.from, question.to]);
        ranges.set(range, [...(ranges.get(range) ?? []), question]);
      }
      const answers = new Map<Question, Occurrence[]>();
      await Promise.all(
        [...ranges.values()].map(async (alike) => {
          const ids = [...new Set(alike.map(({ resourceId }) => resourceId))];
          const busy = await busyTimesOfAllTenants(db, ids, alike[0]!);
          for (const question of alike) answers.set(question, busy.get(question.resourceId)!);
        }),
      );
      return questions.map((question) => answers.get(question)!);
    },
    { cache: false },
  );
}
