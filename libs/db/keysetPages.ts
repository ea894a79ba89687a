/**
 * Keyset pages: a cursor names the last row seen by the columns that the list is ordered by, so a page costs the same
 * wherever it lies, and rows that come and go never shift it.
 */
import { badUserInput } from '@libs/outcome/apiErrors';

/** `first` at most. */
export const MAX_PAGE_SIZE = 100;

export type PageArgs = { first?: number | null | undefined; after?: string | null | undefined };

export type Page<Row> = {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  cursorOf(row: Row): string;
};

/** A list's order: its name, and the text values of the columns that it is ordered by, the last one unique. */
export type ListOrder<Row> = {
  /** Names the list and whose it is, so that a cursor of another list or tenant is refused. */
  list: string;
  keyOf(row: Row): string[];
  /** Whether the values could be a key of this list: what a client sends is not trusted to reach SQL. */
  isKey(key: string[]): boolean;
};

/** The key in `after`; undefined without one; BAD_USER_INPUT where it is not of this list. */
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
    // Not ours: answered below.
  }
  throw badUserInput('api.badCursor');
}

/** How many rows to read for a page: one more than asked for tells whether there is a next page. */
export const rowsToRead = (first: number): number => first + 1;

/** The page of rows that were read with `rowsToRead(first)`. */
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
