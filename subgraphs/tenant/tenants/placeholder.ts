import type { TenantRow } from '@drizzle/tenant/tables';
import { UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** A tenant that is referred to and does not exist: on a domain that none can have (RFC 2606), by the default rules in UTC. */
export const unknownTenant = ({ id, name }: Missing): TenantRow => ({
  id,
  name,
  domain: 'unknown.invalid',
  logoUrl: null,
  themePrimaryColor: null,
  plan: 'BASIC',
  isActive: false,
  settings: { timezone: 'UTC' },
  createdAt: UNKNOWN_TIME,
  updatedAt: UNKNOWN_TIME,
});
