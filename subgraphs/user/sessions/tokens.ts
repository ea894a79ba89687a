/** Refresh tokens: 256 random bits, stored as a digest. */
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** In base64url. */
export const newRefreshToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** SHA-256: enough entropy to need neither salt nor a slow hash. */
export const hashOfToken = (refreshToken: string): Buffer =>
  createHash('sha256').update(refreshToken).digest();
