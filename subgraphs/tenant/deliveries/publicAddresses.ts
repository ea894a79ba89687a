import ipaddr from 'ipaddr.js';

/** RFC 4291 §2.4. Excludes other ranges that embed an IPv4 address (::/96, NAT64). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Machine metadata inside Azure. */
const CLOUD_ADDRESSES = ['168.63.129.16'];
/** Third quarter of an ISATAP address (RFC 5214 §6.1); the last is an IPv4 address, possibly private. */
const ISATAP_PARTS = [0x0000_5efe, 0x0200_5efe];

/** An IPv4-mapped address (`::ffff:1.2.3.4`) as IPv4; undefined if malformed. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

/** For comparison; undefined if malformed. */
export const canonicalAddress = (address: string): string | undefined => parse(address)?.toString();

export const isLoopback = (address: string): boolean => parse(address)?.range() === 'loopback';

/** False for malformed text too. */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (!parsed || parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return !CLOUD_ADDRESSES.includes(parsed.toString());
  const [, , , , high = 0, low = 0] = parsed.parts;
  return parsed.match(GLOBAL_UNICAST) && !ISATAP_PARTS.includes(high * 0x1_0000 + low);
}
