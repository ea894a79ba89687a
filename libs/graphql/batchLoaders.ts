/**
 * Batches a request's concurrent look-ups into one statement. Without a cache: a mutation must see the writes of an earlier one.
 */
import { groupBy } from '@libs/db/groupBy';
import DataLoader from 'dataloader';

/** `missing` replaces absent rows. `load` gets each id once and may return rows in any order. */
export function rowLoader<Row, Missing>(
  load: (ids: string[]) => Promise<Row[]>,
  idOf: (row: Row) => string,
  missing: Missing,
): DataLoader<string, Row | Missing> {
  return new DataLoader<string, Row | Missing>(
    async (ids) => {
      const rows = new Map((await load([...new Set(ids)])).map((row) => [idOf(row), row]));
      return ids.map((id) => rows.get(id) ?? missing);
    },
    { cache: false },
  );
}

/** A question is, for example, a page of the parent's list or its number of rows. */
export type ParentLoader<Parent, Question, Answer> = (parent: Parent, question: Question) => Promise<Answer>;

/**
 * Batches equal questions (compared as JSON) about different parents. `load` gets each parent once and returns answers by parent
 * id; `missing` replaces absent ones.
 */
export function parentLoader<Parent extends { id: string }, Question, Answer>(
  load: (parents: Parent[], question: Question) => Promise<ReadonlyMap<string, Answer>>,
  missing: Answer,
): ParentLoader<Parent, Question, Answer> {
  type Key = { parent: Parent; question: Question };
  const loader = new DataLoader<Key, Answer>(
    async (keys) => {
      const answers = new Map<Key, Answer>();
      const loadGroup = async (group: Key[]) => {
        const parents = new Map(group.map(({ parent }) => [parent.id, parent]));
        const found = await load([...parents.values()], group[0]!.question);
        for (const key of group) answers.set(key, found.get(key.parent.id) ?? missing);
      };
      await Promise.all(
        [...groupBy(keys, ({ question }) => JSON.stringify(question)).values()].map(loadGroup),
      );
      return keys.map((key) => answers.get(key)!);
    },
    { cache: false },
  );
  return (parent, question) => loader.load({ parent, question });
}
