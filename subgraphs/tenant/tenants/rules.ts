import { hasValidPunycode, nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateTenantInput, UpdateTenantInput } from '../generated.ts';

/** At most 253 characters (RFC 1035 §2.3.4); labels of letters, digits and hyphens (RFC 1123 §2.1), lower case or xn-- form. */
const DOMAIN = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/;

/** As a URL's host, `a/b` and `%61` would mean something else. */
const ALLOWED_CHARACTERS = /^[a-z\d.\-\u{80}-\u{10ffff}]*$/iu;
/** Browsers take a host whose last label is numeric for an address (WHATWG URL §3.5). */
const ENDS_IN_NUMBER = /(?:^|\.)\d+$/;

/** The stored form: lower case, no trailing dot, xn-- form (UTS 46). Empty if the text is no host name. */
export function domainKey(domain: string): string {
  const written = domain.trim();
  const url = `http://${written}`;
  return ALLOWED_CHARACTERS.test(written) && URL.canParse(url)
    ? new URL(url).hostname.replace(/\.$/, '')
    : '';
}

const isDomain = (domain: string): boolean => {
  const key = domainKey(domain);
  return DOMAIN.test(key) && !ENDS_IN_NUMBER.test(key) && hasValidPunycode(key);
};

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

/** By default https and the domain. */
export const frontendUrlOf = (tenant: { frontendUrl: string | null; domain: string }): string =>
  tenant.frontendUrl ?? `https://${tenant.domain}`;

export const domainTaken = (): Refusal =>
  refusal('ALREADY_EXISTS', 'tenant.domainTaken', ['input', 'domain']);
