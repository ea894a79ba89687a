/** What the slots of resources depend on, besides the clock, as text that changes whenever they may. */
import { createHash } from 'node:crypto';
import type { Db } from '@libs/db/connect';
import type { TenantId } from '@libs/auth/tenantId';
import { dateAt } from '@libs/time/days';
import { closureSignatures } from '../../closures/reads.ts';
import type { Context } from '../../context.ts';
import { versionsOfAllTenants } from '../store.ts';

export type WatchedResource = { tenantId: TenantId; resourceId: string };

/** Takes less memory than the value, and differs wherever it does. */
export const digestOf = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64');

/** By resource id. Two statements for all of them; tenants and resources are read through `ctx`. */
export async function signaturesOf(
  ctx: Context,
  db: Db,
  watched: readonly WatchedResource[],
): Promise<Map<string, string>> {
  const resourceIds = [...new Set(watched.map(({ resourceId }) => resourceId))];
  const tenantIds = [...new Set(watched.map(({ tenantId }) => tenantId))];
  const [versions, closures, resources, tenants] = await Promise.all([
    versionsOfAllTenants(db, resourceIds),
    closureSignatures(db, tenantIds),
    Promise.all(resourceIds.map((id) => ctx.directory.resourceOfAllTenants(id))),
    Promise.all(tenantIds.map((id) => ctx.directory.tenant(id))),
  ]);
  const ofTenant = new Map(
    tenantIds.map((id, index) => {
      const tenant = tenants[index];
      const today = tenant && dateAt(ctx.now, tenant.settings.timezone).toString();
      return [id, JSON.stringify([tenant?.isActive, tenant?.settings, today, closures.get(id)])];
    }),
  );
  const tenantOf = new Map(watched.map(({ resourceId, tenantId }) => [resourceId, tenantId]));
  return new Map(
    resourceIds.map((id, index) => [
      id,
      digestOf([versions[index], resources[index], ofTenant.get(tenantOf.get(id)!)]),
    ]),
  );
}
