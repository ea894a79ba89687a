/**
 * Tenants, resources and users, loaded from their subgraphs once per request, batched by kind. Throws SERVICE_UNAVAILABLE if a
 * subgraph does not answer.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { DirectoryListener } from '@libs/directory/directoryChanges';
import { entityCache } from '@libs/directory/entityCache';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import DataLoader from 'dataloader';
import { z } from 'zod';
import { resourceSource, type BookableResource } from './resourceSource.ts';
import { loadCategoryResources, type CategoryResources } from './categoryResources.ts';

const tenantReference = z.object({ id: z.uuid().transform((id) => id as TenantId) });

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

const categorySchema = z.object({ id: z.uuid(), tenant: tenantReference });

/** A deleted but still referenced user is inactive. */
export type Member = z.output<typeof memberSchema>;

/** Also a deleted one. */
export type Category = z.output<typeof categorySchema>;

/** undefined: unknown, or another tenant's. */
export type Directory = {
  tenant(id: TenantId): Promise<TenantProfile | undefined>;
  resource(tenantId: TenantId, id: string): Promise<BookableResource | undefined>;
  category(tenantId: TenantId, id: string): Promise<Category | undefined>;
  member(tenantId: TenantId, id: string): Promise<Member | undefined>;
  resourceOfAllTenants(id: string): Promise<BookableResource | undefined>;
  memberOfAllTenants(id: string): Promise<Member | undefined>;
  /** Ids, without deleted ones; none for an unknown category. */
  resourcesOfCategory(tenantId: TenantId, id: string): Promise<readonly string[]>;
};

/** Tests supply their own. */
export type DirectorySources = {
  tenant(id: string): Promise<TenantProfile | undefined>;
  resources(ids: readonly string[]): Promise<(BookableResource | undefined)[]>;
  members(ids: readonly string[]): Promise<(Member | undefined)[]>;
  categories(ids: readonly string[]): Promise<(Category | undefined)[]>;
  categoryResources(ids: readonly string[]): Promise<(CategoryResources | undefined)[]>;
};

export function directorySources(clients: {
  tenants: TenantDirectory;
  resource: SubgraphClient;
  user: SubgraphClient;
}): DirectorySources {
  const { tenants, resource, user } = clients;
  return {
    tenant: (id) => tenants.profile(id),
    resources: resourceSource(resource),
    async members(ids) {
      const found = await user.entities<unknown>('User', MEMBER_FIELDS, ids);
      return found.map((one) => (one === null ? undefined : memberSchema.parse(one)));
    },
    async categories(ids) {
      const found = await resource.entities<unknown>('ResourceCategory', '{ id tenant { id } }', ids);
      return found.map((one) => (one === null ? undefined : categorySchema.parse(one)));
    },
    categoryResources: (ids) => loadCategoryResources(resource, ids),
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
  return { sources: { ...sources, resources: resources.load, members: members.load }, listener };
}

/** Entities per query; a closure names many. */
const MAX_BATCH = 1_000;

export function directoryOf({
  tenant,
  resources,
  members,
  categories,
  categoryResources,
}: DirectorySources): Directory {
  const tenantById = new DataLoader((ids: readonly string[]) => Promise.all(ids.map((id) => tenant(id))));
  const resourceById = new DataLoader(resources, { maxBatchSize: MAX_BATCH });
  const categoryById = new DataLoader(categories, { maxBatchSize: MAX_BATCH });
  const memberById = new DataLoader(members);
  const resourcesByCategory = new DataLoader(categoryResources);
  return {
    tenant: (id) => tenantById.load(id),
    async resource(tenantId, id) {
      const resource = await resourceById.load(id);
      return resource?.tenant.id === tenantId ? resource : undefined;
    },
    async category(tenantId, id) {
      const category = await categoryById.load(id);
      return category?.tenant.id === tenantId ? category : undefined;
    },
    async member(tenantId, id) {
      const member = await memberById.load(id);
      return member?.tenant.id === tenantId ? member : undefined;
    },
    resourceOfAllTenants: (id) => resourceById.load(id),
    memberOfAllTenants: (id) => memberById.load(id),
    async resourcesOfCategory(tenantId, id) {
      const category = await resourcesByCategory.load(id);
      return category?.tenant.id === tenantId ? category.resourceIds : [];
    },
  };
}
