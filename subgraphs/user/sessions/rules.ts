/** How long sessions live, and why one is refused. Pure. */
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';

export type SessionRules = {
  /** ACCESS_TOKEN_EXPIRE_HOURS */
  accessTokenHours: number;
  /** REFRESH_TOKEN_EXPIRE_DAYS: how long a session lives without being refreshed. */
  refreshTokenDays: number;
  /** SESSION_EXPIRE_DAYS: how long a session lives after its sign-in, however often it is refreshed. */
  sessionDays: number;
};

const earlier = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) <= 0 ? a : b;

/** When a session that began at `createdAt` and is refreshed now ends by itself; not after now where its time is over. A day is 24 hours. */
export const sessionExpiry = (
  createdAt: Temporal.Instant,
  now: Temporal.Instant,
  rules: SessionRules,
): Temporal.Instant =>
  earlier(now.add({ hours: 24 * rules.refreshTokenDays }), createdAt.add({ hours: 24 * rules.sessionDays }));

/** When an access token issued now expires, never after its session; in seconds since 1970: JWT knows no smaller unit. */
export const accessTokenExpirySeconds = (
  sessionExpiresAt: Temporal.Instant,
  now: Temporal.Instant,
  rules: SessionRules,
): number =>
  Math.floor(earlier(now.add({ hours: rules.accessTokenHours }), sessionExpiresAt).epochMilliseconds / 1_000);

/** Unknown domain, unknown e-mail address and wrong password are told alike. */
export const invalidCredentials = (): Refusal => refusal('INVALID_CREDENTIALS', 'user.invalidCredentials');

/** The refresh token is unknown or used, or its session has ended. */
export const sessionOver = (): Refusal =>
  refusal('INVALID_CREDENTIALS', 'user.sessionOver', ['refreshToken']);

/** Told only to whoever knows the password, or has the session. */
export const userInactive = (): Refusal => refusal('INACTIVE', 'user.inactive');
export const tenantInactive = (): Refusal => refusal('INACTIVE', 'shared.tenantInactive');
