import { invalidate } from '@libs/cache/readThrough';
import { settingsKey } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer/consumer';
import { DEFAULT_LANGUAGE, languageOfLocale } from '@libs/outcome/messages';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { startAuditPurge } from './audit/purgeEntries.ts';
import { auditReactions } from './audit/recordEntries.ts';
import { contextOf } from './context.ts';
import { ssrfGuard } from './deliveries/ssrfGuard.ts';
import { ownHosts } from './deliveries/ownHosts.ts';
import { startDeliveryWorker } from './deliveries/deliveryWorker.ts';
import { tenantVariables } from './env.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { localeOfTenant } from './tenants/reads.ts';
import { reencryptSecrets } from './webhooks/reencryptSecrets.ts';
import { secretCipher } from './webhooks/secrets.ts';

/** Apart from the connections of requests. */
const WORKER_CONNECTIONS = 6;
const AUDIT_CONNECTIONS = 6;
/** After the pass at the start, for secrets that processes with an earlier key still write during a deployment. */
const REENCRYPT_EVERY_MS = 3_600_000;

await runSubgraph('tenant', tenantVariables, (process) => {
  const { env, keys, isProduction, db, redis, log } = process;
  const secrets = secretCipher(keys);
  const guard = ssrfGuard({ isProduction, ownHosts: ownHosts(env) });
  const workerDb = process.connect('tenant-webhooks', WORKER_CONNECTIONS);
  const auditDb = process.connect('tenant-audit', AUDIT_CONNECTIONS);
  let after: string | undefined;
  const reencryption = startLoop({
    name: 'encryption of secrets with the current key',
    log,
    runPass: async () => {
      after = await reencryptSecrets({ db: workerDb, secrets, log }, after);
      return after === undefined ? REENCRYPT_EVERY_MS : 0;
    },
  });
  return {
    schema: schema(),
    context: (base) =>
      contextOf(base, {
        db,
        guard,
        secrets,
        planLimits: env.PLAN_LIMITS,
        invalidateSettings: (id) => invalidate(redis, settingsKey(id)),
      }),
    reactions,
    background: [
      startDeliveryWorker({ db: workerDb, guard, secrets, log }),
      reencryption,
      startConsumer({
        group: 'audit',
        reactions: auditReactions(env.AUDIT_KEPT_DAYS),
        db: auditDb,
        redis,
        log,
      }),
      startAuditPurge({ db: auditDb, log }),
    ],
    languageOfTenant: async (id) => languageOfLocale(await localeOfTenant(db, id)) ?? DEFAULT_LANGUAGE,
  };
});
