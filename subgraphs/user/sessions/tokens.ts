/** Tokens of sessions and links: 256 random bits, stored as a digest. */
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** In base64url. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** SHA-256: enough entropy to need neither salt nor a slow hash. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();
