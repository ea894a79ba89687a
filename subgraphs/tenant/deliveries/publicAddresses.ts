/** Which IP addresses are public: reachable from anywhere, and nobody's inside. */
import ipaddr from 'ipaddr.js';

/** Global unicast (RFC 4291 §2.4). What embeds an IPv4 address elsewhere (::/96, NAT64) is not in it. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** A public address that answers only inside Azure, with what a machine there may know. */
const CLOUD_ADDRESSES = ['168.63.129.16'];
/** The third quarter of an ISATAP address (RFC 5214 §6.1), whose last one is an IPv4 address, private or not. */
const ISATAP_PARTS = [0x0000_5efe, 0x0200_5efe];

/** The address as IPv4 where it is IPv4 in IPv6's clothes (`::ffff:1.2.3.4`); undefined where it is none. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

/** One text for each address, to compare by; undefined where the text is none. */
export const canonicalAddress = (address: string): string | undefined => parse(address)?.toString();

export const isLoopback = (address: string): boolean => parse(address)?.range() === 'loopback';

/** Whether the address is of the public internet; false for text that is none. */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (!parsed || parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return !CLOUD_ADDRESSES.includes(parsed.toString());
  const [, , , , high = 0, low = 0] = parsed.parts;
  return parsed.match(GLOBAL_UNICAST) && !ISATAP_PARTS.includes(high * 0x1_0000 + low);
}
