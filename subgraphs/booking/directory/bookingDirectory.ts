/**
 * Tenants, resources and users, loaded from their subgraphs once per request, batched by kind. Throws SERVICE_UNAVAILABLE if a
 * subgraph does not answer.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { DirectoryListener } from '@libs/directory/directoryChanges';
import { entityCache } from '@libs/directory/entityCache';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import DataLoader from 'dataloader';
import { z } from 'zod';

const tenantReference = z.object({ id: z.uuid().transform((id) => id as TenantId) });
const time = z.string().transform(localTime);

const resourceSchema = z.object({
  id: z.uuid(),
  tenant: tenantReference,
  isActive: z.boolean(),
  category: z.object({ id: z.uuid(), isActive: z.boolean() }),
  availabilitySchedule: z.array(z.object({ day: z.enum(DAYS_OF_WEEK), start: time, end: time })).nullable(),
});
const RESOURCE_FIELDS = `{
  id isActive tenant { id } category { id isActive } availabilitySchedule { day start end }
}`;

const memberSchema = z.object({
  id: z.uuid(),
  tenant: tenantReference,
  isActive: z.boolean(),
  userType: z.enum(['ADMIN', 'USER']),
  permissions: z.object({
    canBook: z.boolean(),
    canManageBookings: z.boolean(),
    canManageResources: z.boolean(),
    canManageUsers: z.boolean(),
  }),
});
const MEMBER_FIELDS = `{
  id isActive userType tenant { id }
  permissions { canBook canManageBookings canManageResources canManageUsers }
}`;

/** A deleted but still referenced resource is inactive. */
export type BookableResource = z.output<typeof resourceSchema>;
/** A deleted but still referenced user is inactive. */
export type Member = z.output<typeof memberSchema>;

/** undefined: unknown, or another tenant's. */
export type Directory = {
  tenant(id: TenantId): Promise<TenantProfile | undefined>;
  resource(tenantId: TenantId, id: string): Promise<BookableResource | undefined>;
  member(tenantId: TenantId, id: string): Promise<Member | undefined>;
  resourceOfAllTenants(id: string): Promise<BookableResource | undefined>;
  memberOfAllTenants(id: string): Promise<Member | undefined>;
};

/** Tests supply their own. */
export type DirectorySources = {
  tenant(id: string): Promise<TenantProfile | undefined>;
  resources(ids: readonly string[]): Promise<(BookableResource | undefined)[]>;
  members(ids: readonly string[]): Promise<(Member | undefined)[]>;
};

export function directorySources(clients: {
  tenants: TenantDirectory;
  resource: SubgraphClient;
  user: SubgraphClient;
}): DirectorySources {
  const { tenants, resource, user } = clients;
  return {
    tenant: (id) => tenants.profile(id),
    async resources(ids) {
      const found = await resource.entities<unknown>('Resource', RESOURCE_FIELDS, ids);
      return found.map((one) => (one === null ? undefined : resourceSchema.parse(one)));
    },
    async members(ids) {
      const found = await user.entities<unknown>('User', MEMBER_FIELDS, ids);
      return found.map((one) => (one === null ? undefined : memberSchema.parse(one)));
    },
  };
}

/** Keeps resources and users for a short time. `listener` takes the announcements of their changes. */
export function cachedSources(
  sources: DirectorySources,
  nowMs?: () => number,
): { sources: DirectorySources; listener: DirectoryListener } {
  const resources = entityCache(sources.resources, ({ category }) => [category.id], nowMs);
  const members = entityCache(sources.members, undefined, nowMs);
  const listener: DirectoryListener = {
    onChange(id) {
      resources.invalidate(id);
      members.invalidate(id);
    },
    onGap() {
      resources.invalidateAll();
      members.invalidateAll();
    },
  };
  return { sources: { tenant: sources.tenant, resources: resources.load, members: members.load }, listener };
}

export function directoryOf({ tenant, resources, members }: DirectorySources): Directory {
  const tenantById = new DataLoader((ids: readonly string[]) => Promise.all(ids.map((id) => tenant(id))));
  const resourceById = new DataLoader(resources);
  const memberById = new DataLoader(members);
  return {
    tenant: (id) => tenantById.load(id),
    async resource(tenantId, id) {
      const resource = await resourceById.load(id);
      return resource?.tenant.id === tenantId ? resource : undefined;
    },
    async member(tenantId, id) {
      const member = await memberById.load(id);
      return member?.tenant.id === tenantId ? member : undefined;
    },
    resourceOfAllTenants: (id) => resourceById.load(id),
    memberOfAllTenants: (id) => memberById.load(id),
  };
}
