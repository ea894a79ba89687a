import type { UserRow } from '@drizzle/user/tables';
import { unavailable } from '@libs/outcome/apiErrors';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Context } from '../context.ts';
import { accountEvents } from '../users/events.ts';
import { userNotFound } from '../users/rules.ts';
import { tenantOfUser } from '../users/tenantOfUser.ts';
import { assertOwnOrAdministrator } from './access.ts';
import { exportedEmails } from './exportedEmails.ts';
import type { PersonToExport } from './sources.ts';
import { emailsOfUser, sessionsOfUser } from './store.ts';

export type PersonalData = Record<string, unknown>;

/** In each process: each may hold 20 MB. More are refused. */
export const MAX_CONCURRENT_EXPORTS = 2;
let running = 0;

async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_CONCURRENT_EXPORTS) throw unavailable();
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
  }
}

/** Requires an administrator or the user themself. Refuses NOT_FOUND, also once the data was erased. SERVICE_UNAVAILABLE unless every subgraph answers, or beside MAX_CONCURRENT_EXPORTS others. */
export async function exportPersonalData(ctx: Context, userId: string): Promise<Outcome<PersonalData>> {
  assertOwnOrAdministrator(ctx.caller, userId);
  const tenantId = await tenantOfUser(ctx, userId);
  const row = await ctx.userById.load(userId);
  if (!tenantId || row?.tenantId !== tenantId || row.erasedAt) return refused(userNotFound(['userId']));

  const gathered = await inSlot(() => gather(ctx, { tenantId, userId }, row));
  await inTransaction(ctx.db, (tx) =>
    announce(tx, accountEvents('user.data_exported', tenantId, userId), ctx),
  );
  return done(gathered);
}

async function gather(ctx: Context, person: PersonToExport, account: UserRow): Promise<PersonalData> {
  const { tenantId, userId } = person;
  const [items, actions, sessions, emails] = await Promise.all([
    ctx.personalData.bookings(person),
    ctx.personalData.actions(person),
    sessionsOfUser(tenantId, ctx.db, userId),
    emailsOfUser(tenantId, ctx.db, userId),
  ]);
  const ofKind = (wanted: string) => items.filter(({ kind }) => kind === wanted);
  const bookings = ofKind('booking');
  const own = bookings.filter(({ clientId }) => clientId === userId);
  const gathered = {
    exportedAt: formatInstant(ctx.now),
    account,
    sessions,
    emails: exportedEmails(emails, userId, new Set(own.map(({ id }) => id))),
    bookings,
    holds: ofKind('hold'),
    actions,
  };
  return JSON.parse(JSON.stringify(gathered)) as PersonalData;
}
