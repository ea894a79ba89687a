/**
 * Restricts requests to the public internet. A URL is checked when saved, and again by `lookup` on connection: the checked
 * address is the one connected to, so DNS rebinding gains nothing. The WHATWG parser that makes the request also parses the
 * check's URL: it knows every notation of an address.
 */
import { NODATA, type LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import type { UrlFault } from '../webhooks/rules.ts';
import { canonicalAddress, isLoopback, isPublicAddress } from './publicAddresses.ts';

/** Per name server. */
const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** Internal by definition (RFC 6761, RFC 6762, RFC 7686, RFC 8375; .internal by ICANN). */
const INTERNAL_NAMES = /(?:^|\.)(?:localhost|local|internal|localdomain|home\.arpa|onion)$/;

/** Rejects if the name has no address. */
export type Resolve = (name: string) => Promise<string[]>;

/** The connection would leave the public internet. */
class AddressNotAllowed extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

export type SsrfGuard = {
  /** Judged by the URL's text alone. */
  faultOfText(url: string): UrlFault | undefined;
  /** Also resolves its name. A name that does not resolve is checked on connection. */
  faultOf(url: string): Promise<UrlFault | undefined>;
  /** For sockets: allowed addresses, else AddressNotAllowed. Sockets skip it for hosts that are addresses. */
  lookup: LookupFunction;
};

export type SsrfGuardOptions = {
  /** Development allows localhost, also over http. */
  isProduction: boolean;
  /** Names or addresses of our own processes. */
  ownHosts: readonly string[];
  resolve?: Resolve;
};

/** The name has no address, or none of the requested family. */
const noAddress = (name: string): Error =>
  Object.assign(new Error(`${name} has no address`), { code: NODATA });

/**
 * Queries name servers (default: the system's) directly: unlike the system's resolver, this ignores the hosts file, which names
 * internal hosts, and occupies none of the threads shared with file access.
 */
export const resolveByNameServers =
  (nameServers?: readonly string[]): Resolve =>
  async (name) => {
    const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
    if (nameServers) resolver.setServers(nameServers);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    // A dangling alias is answered with an empty list.
    const failed = answers.find((answer) => answer.status === 'rejected');
    throw failed ? failed.reason : noAddress(name);
  };

/** The host for comparison: lower case, without brackets or trailing dot. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$|\.$/g, '');

const isLocalhost = (host: string): boolean => /(?:^|\.)localhost$/.test(host) || isLoopback(host);

export function ssrfGuard({
  isProduction,
  ownHosts,
  resolve = resolveByNameServers(),
}: SsrfGuardOptions): SsrfGuard {
  const ownAddresses = new Set(ownHosts.map((host) => canonicalAddress(host) ?? host.toLowerCase()));
  const isAllowed = (address: string): boolean =>
    isProduction
      ? isPublicAddress(address) && !ownAddresses.has(canonicalAddress(address) ?? '')
      : isPublicAddress(address) || isLoopback(address);

  function isHostAllowed(host: string): boolean {
    if (isIP(host) !== 0) return isAllowed(host);
    if (!isProduction && isLocalhost(host)) return true;
    // A name without a dot belongs to a private network.
    return host.includes('.') && !INTERNAL_NAMES.test(host) && !ownAddresses.has(host);
  }

  /** All addresses must be allowed: a public name that also leads inside is a trap. */
  async function allowedAddresses(host: string): Promise<string[]> {
    const name = host.replace(/\.$/, '');
    if (!isHostAllowed(name)) throw new AddressNotAllowed(`${name} is not public`);
    if (isLocalhost(name)) return ['127.0.0.1', '::1'];
    const addresses = await resolve(name);
    if (!addresses.every((address) => isPublicAddress(address) && isAllowed(address))) {
      throw new AddressNotAllowed(`${name} leads to an address that is not public`);
    }
    return addresses;
  }

  function faultOfText(text: string): UrlFault | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return 'urlMalformed';
    if (url.username !== '' || url.password !== '') return 'urlHasCredentials';
    const host = hostOf(url);
    if (!isHostAllowed(host)) return 'urlNotPublic';
    return url.protocol === 'https:' || (!isProduction && isLocalhost(host)) ? undefined : 'urlNotHttps';
  }

  async function faultOf(text: string): Promise<UrlFault | undefined> {
    const fault = faultOfText(text);
    const host = fault ? '' : hostOf(new URL(text));
    if (fault || isIP(host) !== 0) return fault;
    try {
      await allowedAddresses(host);
      return undefined;
    } catch (error) {
      return error instanceof AddressNotAllowed ? 'urlNotPublic' : undefined;
    }
  }

  const lookup: LookupFunction = (host, options, callback) => {
    const families = options.family === 4 || options.family === 6 ? [options.family] : [4, 6];
    allowedAddresses(host).then(
      (addresses) => {
        const found: LookupAddress[] = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter(({ family }) => families.includes(family));
        const [first] = found;
        // Node reads the first address unchecked, and its exception would be uncaught.
        if (!first) callback(noAddress(host), []);
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  return { faultOfText, faultOf, lookup };
}
