/** Refresh tokens: 256 random bits, of which only a digest is kept. */
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A new refresh token, in base64url. */
export const newRefreshToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** What is kept of a refresh token (SHA-256: its entropy needs no salt and no slow hash). */
export const hashOfToken = (refreshToken: string): Buffer =>
  createHash('sha256').update(refreshToken).digest();
