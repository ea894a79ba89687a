import { rowLoader } from '@libs/graphql/batchLoaders';
import { announceDirectoryChange } from '@libs/directory/directoryChanges';
import { accessTokensOf } from '@libs/runtime/processKeys';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { systemClock } from '@libs/time/clock';
import { ensureAdministrator } from './accounts/ensureAdministrator.ts';
import { namedAdministrator } from './accounts/environment.ts';
import { callerOfApiKey } from './apiKeys/reads.ts';
import { keyUseRecorder } from './apiKeys/recordKeyUse.ts';
import { contextOf, type ContextDeps } from './context.ts';
import { userVariables } from './env.ts';
import { purgeLinks } from './links/purgeLinks.ts';
import { startRequestWorker } from './links/requestWorker.ts';
import { mailServerOf } from './notifications/environment.ts';
import { purgeNotifications } from './notifications/purgeNotifications.ts';
import { startNotificationWorker } from './notifications/notificationWorker.ts';
import { personalDataSources } from './personalData/sources.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { callerOfSession } from './sessions/reads.ts';
import { purgeSessions } from './sessions/purgeSessions.ts';
import { purgeSignUps } from './users/purgeSignUps.ts';

const PURGE_EVERY_MS = 3_600_000;

await runSubgraph(
  'user',
  userVariables,
  async ({ env, keys, isProduction, db, redis, tenants, subgraph, log }) => {
    const administrator = namedAdministrator(env);
    const mailServer = mailServerOf(env);
    const deps: ContextDeps = {
      db,
      tenants,
      accessTokens: accessTokensOf(env, keys),
      sessionRules: {
        accessTokenHours: env.ACCESS_TOKEN_EXPIRE_HOURS,
        refreshTokenDays: env.REFRESH_TOKEN_EXPIRE_DAYS,
        sessionDays: env.SESSION_EXPIRE_DAYS,
      },
      announceChange: (id) => announceDirectoryChange(redis, id),
      recordKeyUse: keyUseRecorder(db, log),
      personalData: personalDataSources(subgraph),
    };
    await ensureAdministrator({ db, now: systemClock.now() }, administrator);

    const resources = rowLoader(
      async (ids) => {
        const found = await subgraph('resource').entities<{ id: string; name: string }>(
          'Resource',
          '{ id name }',
          ids,
        );
        return found.filter((resource) => resource !== null);
      },
      ({ id }) => id,
      undefined,
    );
    const nameOfResource = async (id: string) => (await resources.load(id))?.name;
    const worker = startNotificationWorker({
      db,
      tenants,
      nameOfResource,
      mailServer,
      logsEmails: !isProduction,
      log,
    });
    const requests = startRequestWorker({ db, log });
    const purging = startLoop({
      name: 'purge of sessions, links, sign-ups and notifications',
      log,
      runPass: async () => {
        const now = systemClock.now();
        const isMore = [
          await purgeSessions({ db, now }),
          await purgeLinks({ db, now }),
          await purgeSignUps({ db, now }),
          await purgeNotifications({ db, now }),
        ];
        return isMore.includes(true) ? 0 : PURGE_EVERY_MS;
      },
    });
    return {
      schema: schema(),
      context: (base) => contextOf(base, deps),
      reactions,
      background: [worker, requests, purging],
      fetchCallers: (credentials) => {
        const ctx = { ...deps, now: systemClock.now(), log };
        return Promise.all(
          credentials.map((one) =>
            one.kind === 'session'
              ? callerOfSession(ctx, one.id)
              : callerOfApiKey(ctx, Buffer.from(one.hash, 'hex')),
          ),
        );
      },
    };
  },
);
