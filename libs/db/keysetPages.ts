/**
 * Keyset pagination: a cursor holds the sort key of a row, so every page costs the same, and inserts and deletes shift none.
 */
import { badUserInput } from '@libs/outcome/apiErrors';
import { isUuid } from './ids.ts';

export const MAX_PAGE_SIZE = 100;

/** The arguments of Relay's cursor connections. `last` reads from the end and overrides `first`, which has a default. */
export type PageArgs = {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
};

export type Page<Row> = {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  cursorOf(row: Row): string;
};

export type ListOrder<Row> = {
  /** Names list, tenant and sort columns, so that cursors of others are refused. */
  list: string;
  /** The sort columns' values as text; the last one is unique. */
  keyOf(row: Row): string[];
  /** Whether the values are well formed: keeps untrusted input from SQL. */
  isKey(key: readonly string[]): boolean;
  isDescending?: boolean;
};

/** What SQL reads: at most `limit` rows whose keys lie strictly between `above` and `below`. */
export type KeysetRange = {
  above: readonly string[] | undefined;
  below: readonly string[] | undefined;
  /** The direction to read in. */
  isDescending: boolean;
  limit: number;
};

/** The contract's ResourceOrder and UserOrder. */
export type NamedOrder = { field: 'CREATED_AT' | 'NAME'; direction: 'ASC' | 'DESC' };

/** By id and so by creation (UUID version 7). */
export const byId = <Row extends { id: string }>(list: string, isDescending = false): ListOrder<Row> => ({
  list,
  keyOf: (row) => [row.id],
  isKey: ([id, ...rest]) => rest.length === 0 && isUuid(id ?? ''),
  isDescending,
});

/** By creation, or by name and id. */
export const namedOrder = <Row extends { id: string; name: string }>(
  list: string,
  { field, direction }: NamedOrder,
): ListOrder<Row> =>
  field === 'CREATED_AT'
    ? byId(list, direction === 'DESC')
    : {
        list: `${list} by name`,
        keyOf: (row) => [row.name, row.id],
        isKey: ([name = '', id = '', ...rest]) => rest.length === 0 && !name.includes('\0') && isUuid(id),
        isDescending: direction === 'DESC',
      };

function decodeCursor<Row>(
  order: ListOrder<Row>,
  cursor: string | null | undefined,
): readonly string[] | undefined {
  if (cursor == null) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
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

/**
 * The page that `args`, whose `first` and `last` `checkInput` has checked, ask for. BAD_USER_INPUT for a cursor of another list.
 * `read` gets one row more than the page has: it shows whether the list goes on.
 */
export async function readPage<Row>(
  order: ListOrder<Row>,
  { first, after, last, before }: PageArgs,
  read: (range: KeysetRange) => Promise<Row[]>,
): Promise<Page<Row>> {
  const isBackward = last != null;
  const isDescending = order.isDescending === true;
  const size = last ?? first ?? MAX_PAGE_SIZE;
  const [start, end] = [decodeCursor(order, after), decodeCursor(order, before)];
  const found = await read({
    above: isDescending ? end : start,
    below: isDescending ? start : end,
    isDescending: isDescending !== isBackward,
    limit: size + 1,
  });
  const hasMore = found.length > size;
  const rows = found.slice(0, size);
  return {
    rows: isBackward ? rows.toReversed() : rows,
    hasNextPage: end !== undefined || (!isBackward && hasMore),
    hasPreviousPage: start !== undefined || (isBackward && hasMore),
    cursorOf: (row) => Buffer.from(JSON.stringify([order.list, ...order.keyOf(row)])).toString('base64url'),
  };
}
