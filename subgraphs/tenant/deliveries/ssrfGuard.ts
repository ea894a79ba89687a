/**
 * Where requests may go: to the public internet, never inside. An address is judged when it is saved and again, by `lookup`, when
 * a connection is made: what was judged is what is connected to, so a name that changes its mind in between (DNS rebinding) gains
 * nothing. Text is read by the one URL parser (WHATWG) that also makes the request: it knows every form of an address.
 */
import { NODATA, type LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import type { UrlFault } from '../webhooks/rules.ts';
import { canonicalAddress, isLoopback, isPublicAddress } from './publicAddresses.ts';

/** How long one name server may take, in milliseconds. */
const DNS_TIMEOUT_MS = 2_000;
/** How often name servers are asked in all. */
const DNS_TRIES = 2;
/** Names that lead inside by their meaning (RFC 6761, RFC 6762, RFC 7686, RFC 8375; .internal by ICANN). */
const INSIDE = /(?:^|\.)(?:localhost|local|internal|localdomain|home\.arpa|onion)$/;

/** Finds the addresses of a name; rejects where it has none. */
export type Resolve = (name: string) => Promise<string[]>;

/** A connection was refused for where it would lead. */
export class AddressNotAllowed extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

export type SsrfGuard = {
  /** What is wrong with an address, as far as its text tells. */
  faultOfText(url: string): UrlFault | undefined;
  /** The same, and what its name leads to now. A name that cannot be found now is judged when it is connected to. */
  faultOf(url: string): Promise<UrlFault | undefined>;
  /** For sockets: only addresses that may be connected to, else AddressNotAllowed. Never called for a host that is an address. */
  lookup: LookupFunction;
};

export type SsrfGuardOptions = {
  /** In production nothing of ours can be reached; in development localhost can, and by http. */
  isProduction: boolean;
  /** Hosts of our own processes, names or addresses. */
  ownHosts: readonly string[];
  resolve?: Resolve;
};

/** The name exists and has no address, or none of the family that is asked for. */
const noAddress = (name: string): Error =>
  Object.assign(new Error(`${name} has no address`), { code: NODATA });

/**
 * Asks the name servers themselves, the system's unless others are named: files of this machine, which name its inside, have no
 * say, and a slow name server holds none of the few threads that the system's own resolver shares with file access.
 */
export const resolveByNameServers =
  (nameServers?: readonly string[]): Resolve =>
  async (name) => {
    const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
    if (nameServers) resolver.setServers(nameServers);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    // An alias that leads nowhere is answered with a list, an empty one.
    const failed = answers.find((answer) => answer.status === 'rejected');
    throw failed ? failed.reason : noAddress(name);
  };

/** The host of a URL as text to compare: lower case, without brackets and the root's dot. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$|\.$/g, '');

const isLocalhost = (host: string): boolean => /(?:^|\.)localhost$/.test(host) || isLoopback(host);

export function ssrfGuard({
  isProduction,
  ownHosts,
  resolve = resolveByNameServers(),
}: SsrfGuardOptions): SsrfGuard {
  const own = new Set(ownHosts.map((host) => canonicalAddress(host) ?? host.toLowerCase()));
  const isAllowed = (address: string): boolean =>
    isProduction
      ? isPublicAddress(address) && !own.has(canonicalAddress(address) ?? '')
      : isPublicAddress(address) || isLoopback(address);

  function isHostAllowed(host: string): boolean {
    if (isIP(host) !== 0) return isAllowed(host);
    if (!isProduction && isLocalhost(host)) return true;
    // A name without a dot is one of a private network.
    return host.includes('.') && !INSIDE.test(host) && !own.has(host);
  }

  /** The addresses that a name may be connected to by; all must be allowed: a public name that leads inside too is a trap. */
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
        // Node reads the first address without looking whether there is one, and what it throws here nobody would catch.
        if (!first) callback(noAddress(host), []);
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  return { faultOfText, faultOf, lookup };
}
