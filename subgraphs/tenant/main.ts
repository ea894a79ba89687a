import { invalidate } from '@libs/cache/readThrough';
import { settingsKey } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, languageOfLocale } from '@libs/outcome/messages';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { contextOf } from './context.ts';
import { ssrfGuard } from './deliveries/ssrfGuard.ts';
import { ownHosts } from './deliveries/ownHosts.ts';
import { startDeliveryWorker } from './deliveries/deliveryWorker.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { localeOfTenant } from './tenants/reads.ts';
import { secretCipher } from './webhooks/secrets.ts';

/** Apart from the connections of requests. */
const WORKER_CONNECTIONS = 6;

await runSubgraph('tenant', {}, (process) => {
  const { env, isProduction, db, redis, log } = process;
  const secrets = secretCipher(env.SECRET_KEY);
  const guard = ssrfGuard({ isProduction, ownHosts: ownHosts(env) });
  const workerDb = process.connect('tenant-webhooks', WORKER_CONNECTIONS);
  return {
    schema: schema(),
    context: (base) =>
      contextOf(base, { db, guard, secrets, invalidateSettings: (id) => invalidate(redis, settingsKey(id)) }),
    reactions,
    background: [startDeliveryWorker({ db: workerDb, guard, secrets, log })],
    languageOfTenant: async (id) => languageOfLocale(await localeOfTenant(db, id)) ?? DEFAULT_LANGUAGE,
  };
});
