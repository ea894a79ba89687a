/** How long sessions live, and why one is refused. Pure. */
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';

export type SessionRules = {
  /** ACCESS_TOKEN_EXPIRE_HOURS */
  accessTokenHours: number;
  /** REFRESH_TOKEN_EXPIRE_DAYS: how long a session lives without being refreshed. */
  refreshTokenDays: number;
};

/** When a session that is refreshed now ends by itself. A day is 24 hours. */
export const sessionExpiry = (now: Temporal.Instant, rules: SessionRules): Temporal.Instant =>
  now.add({ hours: 24 * rules.refreshTokenDays });

/** When an access token issued now expires, in seconds since 1970: JWT knows no smaller unit. */
export const accessTokenExpirySeconds = (now: Temporal.Instant, rules: SessionRules): number =>
  Math.floor(now.add({ hours: rules.accessTokenHours }).epochMilliseconds / 1_000);

/** Unknown domain, unknown e-mail address and wrong password are told alike. */
export const invalidCredentials = (): Refusal => refusal('INVALID_CREDENTIALS', 'user.invalidCredentials');

/** The refresh token is unknown or used, or its session has ended. */
export const sessionOver = (): Refusal =>
  refusal('INVALID_CREDENTIALS', 'user.sessionOver', ['refreshToken']);

/** Told only to whoever knows the password, or has the session. */
export const userInactive = (): Refusal => refusal('INACTIVE', 'user.inactive');
export const tenantInactive = (): Refusal => refusal('INACTIVE', 'shared.tenantInactive');
