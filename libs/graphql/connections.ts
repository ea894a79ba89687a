/** Relay connections (GraphQL Cursor Connections Specification) of keyset pages. */
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
  /** Called only if the field is selected. */
  totalCount: () => Promise<number>;
};

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

/** The requested page, whose `first` has been checked by `checkInput`. */
export const pageArgs = (args: PageArgs): { first: number; after: string | null } => ({
  first: args.first ?? MAX_PAGE_SIZE,
  after: args.after ?? null,
});
