import { announceDirectoryChange } from '@libs/directory/directoryChanges';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { contextOf } from './context.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await runSubgraph('resource', {}, ({ db, tenants, redis }) => ({
  schema: schema(),
  context: (base) =>
    contextOf(base, { db, tenants, announceChange: (id) => announceDirectoryChange(redis, id) }),
  reactions,
}));
