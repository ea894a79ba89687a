/** What the pages of every list here have in common. Pure. */
import { isUuid } from '@libs/db/ids';
import { pageOf, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';

/** By id, which is by creation (ids are of version 7). `list` names the list and whose it is: a cursor fits no other. */
export const byCreation = <Row extends { id: string }>(list: string): ListOrder<Row> => ({
  list,
  keyOf: (row) => [row.id],
  isKey: ([id, ...rest]) => rest.length === 0 && isUuid(id ?? ''),
});

/** The page of a list that the caller may not see: as if nothing were in it. */
export const emptyPage = <Row extends { id: string }>(args: PageArgs): Connection<Row> =>
  connection(pageOf(byCreation<Row>('empty'), [], pageArgs(args)), async () => 0);
