/** What a tenant's own fields must be. Pure. */
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateTenantInput, UpdateTenantInput } from '../generated.ts';

/** A host name at most, in characters (RFC 1035 §2.3.4). */
export const MOST_DOMAIN_CHARACTERS = 253;
/** Labels of letters, digits and hyphens (RFC 1123 §2.1), in lower case; an internationalized name in its xn-- form. */
const DOMAIN = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/;

/** The domain as it is kept and looked up: lower case, without the root's dot. */
export const domainKey = (domain: string): string => domain.trim().toLowerCase().replace(/\.$/, '');

/** Reasons not to take the fields of a new or changed tenant. */
export function tenantRefusals(input: CreateTenantInput | UpdateTenantInput): Refusal[] {
  const refusals = [
    ...nullRefusals(input as UpdateTenantInput, 'input', 'name', 'domain', 'plan', 'isActive'),
    ...nameRefusals(input.name, ['input', 'name']),
  ];
  if (input.domain != null && !DOMAIN.test(domainKey(input.domain))) {
    refusals.push(refusal('INVALID', 'tenant.domainMalformed', ['input', 'domain']));
  }
  return refusals;
}

/** The domain is another tenant's. */
export const domainTaken = (): Refusal =>
  refusal('ALREADY_EXISTS', 'tenant.domainTaken', ['input', 'domain']);
