import type { UserRow } from '@drizzle/user/tables';
import { requireSession, requireUserOr } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { namedOrder, type PageArgs } from '@libs/db/keysetPages';
import { readConnection, type Connection } from '@libs/graphql/connections';
import { languageFor } from '@libs/graphql/context';
import { missing } from '@libs/graphql/missingReferences';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { message } from '@libs/outcome/messages';
import type { Context } from '../context.ts';
import type { UserFilter, UserOrder } from '../generated.ts';
import { canSeeUser, assertCanListUsers, seenBy } from './access.ts';
import { unknownUser } from './placeholder.ts';
import type { UserListFilter } from './store.ts';

export type UserPage = Connection<UserRow>;
export type TenantReference = { id: string };

/** The caller's own user; null for other kinds of callers. UNAUTHENTICATED with a token that is not valid. */
export async function me(ctx: Context): Promise<UserRow | null> {
  if (ctx.caller.kind === 'anonymous' && ctx.caller.hasDeniedSession) requireSession(ctx.caller);
  return ctx.caller.kind === 'user' ? user(ctx, ctx.caller.userId) : null;
}

/** The user if the caller may see every field, else null. UNAUTHENTICATED without a session, FORBIDDEN for a key without USERS_READ. */
export async function user(ctx: Context, id: string): Promise<UserRow | null> {
  if (ctx.caller.kind !== 'service') requireUserOr(ctx.caller, 'canReadUsers');
  const row = await ctx.userById.load(id);
  return row && !row.deletedAt && canSeeUser(ctx.caller, row) ? row : null;
}

/**
 * A user referred to by a booking, also a deleted one, as the caller may see them; else a placeholder. UNAUTHENTICATED without a
 * session.
 */
export async function userReference(ctx: Context, id: string): Promise<UserRow | null> {
  if (ctx.caller.kind === 'anonymous') throw unauthenticated();
  const row = await ctx.userById.load(id);
  const seen = (row && seenBy(ctx.caller, row)) ?? null;
  return seen || ctx.caller.kind === 'service'
    ? seen
    : unknownUser(await missing(ctx, 'User', id, 'user.unknownName'));
}

/** Nulls filter nothing. */
function listFilter(filter: UserFilter | null | undefined): UserListFilter {
  const { userType, isActive, search } = filter ?? {};
  return {
    ...(userType != null && { userType }),
    ...(isActive != null && { isActive }),
    ...(search != null && { search }),
  };
}

/** By creation by default. For managers of users or bookings. */
export async function users(
  ctx: Context,
  args: PageArgs & { tenantId?: string | null; filter?: UserFilter | null; orderBy?: UserOrder | null },
): Promise<UserPage> {
  assertCanListUsers(ctx.caller);
  const tenantId = tenantFor(ctx.caller, args.tenantId);
  const filter = listFilter(args.filter);
  const tenant = { id: tenantId };
  const { field = 'CREATED_AT', direction = 'ASC' } = args.orderBy ?? {};
  return readConnection(
    namedOrder<UserRow>(`users:${tenantId}`, { field, direction }),
    args,
    (range) => ctx.pageOfUsers(tenant, { filter, field, range }),
    () => ctx.countOfUsers(tenant, filter),
  );
}

/** A localized placeholder for a deleted user, whose name is erased. */
export async function nameOf(ctx: Context, row: UserRow): Promise<string> {
  if (!row.deletedAt) return row.name;
  return message('user.deletedName', await languageFor(ctx, row.tenantId));
}
