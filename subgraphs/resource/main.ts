import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { contextOf } from './context.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await runSubgraph('resource', {}, ({ db, tenants }) => ({
  schema: schema(),
  context: (base) => contextOf(base, { db, tenants }),
  reactions,
}));
