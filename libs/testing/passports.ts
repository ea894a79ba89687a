import type { Caller } from '@libs/auth/caller';
import { keyring } from '@libs/auth/keys';
import { passports, type Passports } from '@libs/auth/passport';

/** Both ends of the passports that the gateway shows to the subgraph `audience`. */
export function gatewayPassports(
  secretKey: string,
  audience: string,
): { mint: (caller: Caller) => Promise<string>; accepted: Passports } {
  const keys = keyring(secretKey);
  const gateway = passports(keys, 'gateway');
  return { mint: (caller) => gateway.mint(caller, audience), accepted: passports(keys, audience) };
}
