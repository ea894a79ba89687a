/** What a tenant's own fields must be. Pure. */
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateTenantInput, UpdateTenantInput } from '../generated.ts';

/** At most 253 characters (RFC 1035 §2.3.4) in labels of letters, digits and hyphens (RFC 1123 §2.1), in lower case; an internationalized name in its xn-- form. */
const DOMAIN = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/;

/** What a name may be written with, before it is converted as a URL's host: there `a/b` and `%61` would mean something else. */
const WRITTEN = /^[a-z\d.\-\u{80}-\u{10ffff}]*$/iu;
/** A host whose last label is a number is an address to browsers (WHATWG URL §3.5), and no name. */
const ENDS_IN_NUMBER = /(?:^|\.)\d+$/;

/**
 * The domain as it is kept and looked up: lower case, without the root's dot, internationalized names in their xn-- form (UTS 46).
 * Empty where the text cannot be a host name.
 */
export function domainKey(domain: string): string {
  const written = domain.trim();
  const url = `http://${written}`;
  return WRITTEN.test(written) && URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : '';
}

const isDomain = (domain: string): boolean => {
  const key = domainKey(domain);
  return DOMAIN.test(key) && !ENDS_IN_NUMBER.test(key);
};

/** Reasons not to take the fields of a new or changed tenant. */
export function tenantRefusals(input: CreateTenantInput | UpdateTenantInput): Refusal[] {
  const refusals = [
    ...nullRefusals(input as UpdateTenantInput, 'input', 'name', 'domain', 'plan', 'isActive'),
    ...nameRefusals(input.name, ['input', 'name']),
  ];
  if (input.domain != null && !isDomain(input.domain)) {
    refusals.push(refusal('INVALID', 'tenant.domainMalformed', ['input', 'domain']));
  }
  return refusals;
}

/** The domain is another tenant's. */
export const domainTaken = (): Refusal =>
  refusal('ALREADY_EXISTS', 'tenant.domainTaken', ['input', 'domain']);
