/**
 * Keyset pagination: a cursor holds the sort key of the last row seen, so every page costs the same, and inserts and deletes shift
 * none.
 */
import { badUserInput } from '@libs/outcome/apiErrors';

export const MAX_PAGE_SIZE = 100;

export type PageArgs = { first?: number | null | undefined; after?: string | null | undefined };

export type Page<Row> = {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  cursorOf(row: Row): string;
};

export type ListOrder<Row> = {
  /** Names list and tenant, so that cursors of others are refused. */
  list: string;
  /** The sort columns' values as text; the last one is unique. */
  keyOf(row: Row): string[];
  /** Whether the values are well formed: keeps untrusted input from SQL. */
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
    // Refused below.
  }
  throw badUserInput('api.badCursor');
}

/** The extra row shows whether there is a next page. */
export const rowsToRead = (first: number): number => first + 1;

/** `rows` were read with `rowsToRead(first)`. */
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
