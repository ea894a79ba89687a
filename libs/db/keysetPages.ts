/**
 * Keyset pagination: a cursor holds the sort key of the last row seen. Every page costs the same, and inserts and deletes do not
 * shift later pages.
 */
import { badUserInput } from '@libs/outcome/apiErrors';

/** Upper limit for `first`. */
export const MAX_PAGE_SIZE = 100;

export type PageArgs = { first?: number | null | undefined; after?: string | null | undefined };

export type Page<Row> = {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  cursorOf(row: Row): string;
};

/** The order of a list. */
export type ListOrder<Row> = {
  /** Identifies the list and its tenant, so that a cursor of another list or tenant is refused. */
  list: string;
  /** The sort columns' values as text; the last one is unique. */
  keyOf(row: Row): string[];
  /** Whether the values are well formed for this list: keeps untrusted input from SQL. */
  isKey(key: string[]): boolean;
};

/** The key in `after`, if any; BAD_USER_INPUT for a cursor of another list. */
export function decodeCursor<Row>(
  order: ListOrder<Row>,
  after: string | null | undefined,
): string[] | undefined {
  if (after == null) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (
      Array.isArray(parsed) &&
      parsed.every((part) => typeof part === 'string') &&
      parsed[0] === order.list
    ) {
      const key = parsed.slice(1);
      if (order.isKey(key)) return key;
    }
  } catch {
    // Not one of our cursors: refused below.
  }
  throw badUserInput('api.badCursor');
}

/** Rows to read for a page: the extra one shows whether there is a next page. */
export const rowsToRead = (first: number): number => first + 1;

/** Makes a page of rows read with `rowsToRead(first)`. */
export function pageOf<Row>(
  order: ListOrder<Row>,
  rows: Row[],
  args: { first: number; after?: string | null },
): Page<Row> {
  return {
    rows: rows.slice(0, args.first),
    hasNextPage: rows.length > args.first,
    hasPreviousPage: args.after != null,
    cursorOf: (row) => Buffer.from(JSON.stringify([order.list, ...order.keyOf(row)])).toString('base64url'),
  };
}
