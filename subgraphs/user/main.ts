import { accessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS } from '@libs/auth/caller';
import { rowLoader } from '@libs/graphql/batchLoaders';
import { announceDirectoryChange } from '@libs/directory/directoryChanges';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { systemClock } from '@libs/time/clock';
import { z } from 'zod';
import { ensureAdministrator } from './accounts/ensureAdministrator.ts';
import { administratorVariables, namedAdministrator } from './accounts/environment.ts';
import { contextOf, type ContextDeps } from './context.ts';
import { mailServerOf, mailVariables } from './notifications/environment.ts';
import { purgeNotifications } from './notifications/purgeNotifications.ts';
import { startNotificationWorker } from './notifications/notificationWorker.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { callerOfSession } from './sessions/reads.ts';
import { purgeSessions } from './sessions/purgeSessions.ts';

const PURGE_EVERY_MS = 3_600_000;

const variables = {
  ACCESS_TOKEN_EXPIRE_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(24 * 365)
    .default(24),
  REFRESH_TOKEN_EXPIRE_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  SESSION_EXPIRE_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  ...administratorVariables,
  ...mailVariables,
};

await runSubgraph('user', variables, async ({ env, db, redis, tenants, subgraph, log }) => {
  const administrator = namedAdministrator(env);
  const mailServer = mailServerOf(env);
  const deps: ContextDeps = {
    db,
    tenants,
    accessTokens: accessTokens(env.SECRET_KEY, env.JWT_ALGORITHM),
    sessionRules: {
      accessTokenHours: env.ACCESS_TOKEN_EXPIRE_HOURS,
      refreshTokenDays: env.REFRESH_TOKEN_EXPIRE_DAYS,
      sessionDays: env.SESSION_EXPIRE_DAYS,
    },
    announceChange: (id) => announceDirectoryChange(redis, id),
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
  const worker = startNotificationWorker({ db, tenants, nameOfResource, mailServer, log });
  const purging = startLoop({
    name: 'purge of sessions and notifications',
    log,
    runPass: async () => {
      const now = systemClock.now();
      const isMore = [await purgeSessions({ db, now }), await purgeNotifications({ db, now })];
      return isMore.includes(true) ? 0 : PURGE_EVERY_MS;
    },
  });
  return {
    schema: schema(),
    context: (base) => contextOf(base, deps),
    reactions,
    background: [worker, purging],
    callerOfToken: async (token) => {
      const claims = await deps.accessTokens.verify(token);
      const now = systemClock.now();
      return (claims && (await callerOfSession({ ...deps, now, log }, claims.sessionId))) ?? ANONYMOUS;
    },
  };
});
