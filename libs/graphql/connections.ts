/** Relay connections (GraphQL Cursor Connections Specification) of keyset pages. */
import { readPage, type KeysetRange, type ListOrder, type PageArgs } from '@libs/db/keysetPages';

export type Connection<Row> = {
  edges: { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  /** Called only if the field is selected. */
  totalCount: () => Promise<number>;
};

/** The page of the list that the arguments ask for, in the list's order. */
export async function readConnection<Row>(
  order: ListOrder<Row>,
  args: PageArgs,
  read: (range: KeysetRange) => Promise<Row[]>,
  count: () => Promise<number>,
): Promise<Connection<Row>> {
  const page = await readPage(order, args, read);
  const edges = page.rows.map((node) => ({ cursor: page.cursorOf(node), node }));
  return {
    edges,
    nodes: page.rows,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: count,
  };
}

/** For lists that the caller may not see. */
export const emptyConnection = <Row>(): Connection<Row> => ({
  edges: [],
  nodes: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  totalCount: async () => 0,
});
