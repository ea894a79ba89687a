/** What the slots of resources depend on, besides the clock, as text that changes whenever they may. */
import { createHash } from 'node:crypto';
import type { Db } from '@libs/db/connect';
import type { TenantId } from '@libs/auth/tenantId';
import { dateAt } from '@libs/time/days';
import { closureSignatures } from '../../closures/reads.ts';
import type { Context } from '../../context.ts';
import type { BookableResource } from '../../directory/resourceSource.ts';
import type { DateRange } from '../../scheduling/dateIndex.ts';
import { versionsOfAllTenants } from '../store.ts';

export type WatchedResource = { tenantId: TenantId; resourceId: string };
/** Resources of one tenant, and the dates that their slots may be on. */
export type WatchedDates = { watched: readonly WatchedResource[]; dates: DateRange };

/** Takes less memory than the value, and differs wherever it does. */
export const digestOf = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64');

/** For each of `feeds`, by resource id. Two statements for all of them; tenants and resources are read through `ctx`. */
export async function signaturesOf(
  ctx: Context,
  db: Db,
  feeds: readonly WatchedDates[],
): Promise<Map<string, string>[]> {
  const all = feeds.flatMap(({ watched }) => watched);
  const resourceIds = [...new Set(all.map(({ resourceId }) => resourceId))];
  const tenantIds = [...new Set(all.map(({ tenantId }) => tenantId))];
  const [ofResources, ofTenants, closures] = await Promise.all([
    signaturesOfResources(ctx, db, resourceIds),
    Promise.all(tenantIds.map((id) => signatureOfTenant(ctx, id))),
    closureSignatures(
      db,
      feeds.map(({ watched, dates }) => ({ tenantId: watched[0]!.tenantId, dates })),
    ),
  ]);
  const ofTenant = new Map(tenantIds.map((id, index) => [id, ofTenants[index]!]));
  const ofResource = new Map(resourceIds.map((id, index) => [id, ofResources[index]!]));
  return feeds.map(({ watched }, index) => {
    const signatureOf = ({ tenantId, resourceId }: WatchedResource) =>
      `${ofResource.get(resourceId)} ${ofTenant.get(tenantId)} ${closures[index]}`;
    return new Map(watched.map((one) => [one.resourceId, signatureOf(one)]));
  });
}

async function signaturesOfResources(ctx: Context, db: Db, ids: readonly string[]): Promise<string[]> {
  const [versions, resources] = await Promise.all([
    versionsOfAllTenants(db, ids),
    Promise.all(ids.map((id) => ctx.directory.resourceOfAllTenants(id))),
  ]);
  const signatures: string[] = [];
  for (const [index, version] of versions.entries()) {
    const resource = resources[index];
    if (resource && !digests.has(resource)) await ctx.yieldToOthers();
    signatures.push(`${version} ${resource && digestOfResource(resource)}`);
  }
  return signatures;
}

/** Of resources in memory, which stay the same objects until they change: a schedule may have thousands of ranges. */
const digests = new WeakMap<BookableResource, string>();

function digestOfResource(resource: BookableResource): string {
  const digest = digests.get(resource) ?? digestOf(resource);
  digests.set(resource, digest);
  return digest;
}

async function signatureOfTenant(ctx: Context, id: TenantId): Promise<string> {
  const tenant = await ctx.directory.tenant(id);
  const today = tenant && dateAt(ctx.now, tenant.settings.timezone).toString();
  return digestOf([tenant?.isActive, tenant?.settings, today]);
}
