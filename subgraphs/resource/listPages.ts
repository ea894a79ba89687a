import { isUuid } from '@libs/db/ids';
import { pageOf, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';

/** By id and so by creation (UUID version 7). A cursor fits only its own `list`. */
export const byCreation = <Row extends { id: string }>(list: string): ListOrder<Row> => ({
  list,
  keyOf: (row) => [row.id],
  isKey: ([id, ...rest]) => rest.length === 0 && isUuid(id ?? ''),
});

/** For lists that the caller may not see. */
export const emptyPage = <Row extends { id: string }>(args: PageArgs): Connection<Row> =>
  connection(pageOf(byCreation<Row>('empty'), [], pageArgs(args)), async () => 0);
