/** Who may do what with a hold. One that the caller may not see does not exist for them. */
import type { HoldRow } from '@drizzle/booking/tables';
import type { Caller } from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { canChange, canRead, requireBooker, requireReader } from '../bookings/access.ts';
import { holdsByIdOfAllTenants } from './holdStore.ts';

export const holdNotFound = (field: string[] = ['input', 'id']): Refusal =>
  refusal('NOT_FOUND', 'booking.holdNotFound', field);

const madeIt = (hold: HoldRow, caller: Caller): boolean =>
  caller.kind === 'user' && caller.tenantId === hold.tenantId && caller.userId === hold.createdBy;

export async function holdById(db: Queryable, id: string): Promise<HoldRow | undefined> {
  const [hold] = await holdsByIdOfAllTenants(db, [id]);
  return hold;
}

/** For the person who made it, the person it is for, and staff. */
export async function readHold(ctx: Context, id: string): Promise<HoldRow | null> {
  const caller = requireReader(ctx.caller);
  const hold = await holdById(ctx.db, id);
  return hold && (madeIt(hold, caller) || canRead(hold, caller)) ? hold : null;
}

/** The same for changes. */
export async function findHold(
  ctx: Context,
  id: string,
): Promise<{ tenantId: TenantId; hold: HoldRow } | undefined> {
  const caller = requireBooker(ctx.caller);
  const hold = await holdById(ctx.db, id);
  return hold && (madeIt(hold, caller) || canChange(hold, caller))
    ? { tenantId: tenantOfRow(hold), hold }
    : undefined;
}

export const isHoldOver = ({ endedAt, expiresAt }: HoldRow, { now }: Pick<Context, 'now'>): boolean =>
  endedAt !== null || expiresAt.epochMilliseconds <= now.epochMilliseconds;
