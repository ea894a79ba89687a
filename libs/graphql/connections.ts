/** Relay connections (GraphQL Cursor Connections Specification) out of keyset pages. */
import type { Page, PageArgs } from '@libs/db/keysetPages';
import { MAX_PAGE_SIZE } from '@libs/db/keysetPages';

export type Connection<Row> = {
  edges: { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  /** A function, so that nothing is counted unless it is asked for. */
  totalCount: () => Promise<number>;
};

/** The connection of one page; `count` is run only where totalCount is selected. */
export function connection<Row>(page: Page<Row>, count: () => Promise<number>): Connection<Row> {
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

/** The page that the arguments ask for; `first` was checked at the border and has the schema's default. */
export const pageArgs = (args: PageArgs): { first: number; after: string | null } => ({
  first: args.first ?? MAX_PAGE_SIZE,
  after: args.after ?? null,
});
