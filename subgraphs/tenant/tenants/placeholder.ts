import type { TenantRow } from '@drizzle/tenant/tables';
import { UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** Stands for a missing tenant: a reserved domain (RFC 2606), default rules, UTC. */
export const unknownTenant = ({ id, name }: Missing): TenantRow => ({
  id,
  name,
  domain: 'unknown.invalid',
  frontendUrl: null,
  logoUrl: null,
  themePrimaryColor: null,
  plan: 'BASIC',
  isActive: false,
  limits: {},
  settings: { timezone: 'UTC' },
  createdAt: UNKNOWN_TIME,
  updatedAt: UNKNOWN_TIME,
});
