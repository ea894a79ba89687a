import { requireAdministrator } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import { recordLink } from '../links/recordLink.ts';
import { LINK_HOURS, tooManyLinkEmails } from '../links/rules.ts';
import { allowStaffEmail, reachesAddress } from '../links/staffEmails.ts';
import { lockCaller } from '../users/lockCaller.ts';
import { lockAdministratorsForShare } from './store.ts';

export type TenantExport = {
  tenant: { id: TenantId };
  requestedAt: Temporal.Instant;
  emails: number;
  linkHours: number;
};

const FIELD = ['tenantId'];

/**
 * Queues the e-mail to the caller, or to all administrators of the tenant if the platform asks. Its link is made when it is sent. Requires
 * an administrator. Refuses NOT_FOUND (tenant, administrators), INACTIVE (tenant), TOO_MANY for addresses to which the tenant
 * has just sent too many e-mails.
 */
export async function exportTenant(
  ctx: Context,
  requestedId: string | null | undefined,
): Promise<Outcome<TenantExport>> {
  requireAdministrator(ctx.caller);
  const tenantId = tenantFor(ctx.caller, requestedId);
  const tenant = await ctx.tenants.profile(tenantId);
  if (!tenant) return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', FIELD));
  if (!tenant.isActive) return refusedFor(tenantId, refusal('INACTIVE', 'shared.tenantInactive', FIELD));

  return inTransaction(ctx.db, async (tx) => {
    const { caller } = await lockCaller(ctx, tx);
    requireAdministrator(caller);
    const own = caller.kind === 'user' ? caller.userId : undefined;
    const recipients = await lockAdministratorsForShare(tenantId, tx, own);
    if (recipients.length === 0)
      return refusedFor(tenantId, refusal('NOT_FOUND', 'user.noAdministrators', FIELD));
    let emails = 0;
    for (const { id, email } of recipients) {
      if (!(await allowStaffEmail(tx, tenantId, email, ctx.now))) continue;
      if (await reachesAddress(tx, email, ctx.now))
        await recordLink(ctx, tx, { tenantId, id }, 'tenant.export_requested');
      emails += 1;
    }
    if (emails === 0) return refusedFor(tenantId, tooManyLinkEmails(FIELD));
    await announce(tx, { type: 'tenant.export_requested', payload: { tenant_id: tenantId } }, ctx);
    return done({
      tenant: { id: tenantId },
      requestedAt: ctx.now,
      emails,
      linkHours: LINK_HOURS.EXPORT_TENANT,
    });
  });
}
