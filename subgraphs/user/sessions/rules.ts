import { refusal, type Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';

export type SessionRules = {
  /** ACCESS_TOKEN_EXPIRE_HOURS */
  accessTokenHours: number;
  /** REFRESH_TOKEN_EXPIRE_DAYS: lifetime without a refresh. */
  refreshTokenDays: number;
  /** SESSION_EXPIRE_DAYS: lifetime since sign-in, however often refreshed. */
  sessionDays: number;
};

const earlier = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) <= 0 ? a : b;

/** Not after now if the session's time is over. Days of 24 hours. */
export const sessionExpiry = (
  createdAt: Temporal.Instant,
  now: Temporal.Instant,
  rules: SessionRules,
): Temporal.Instant =>
  earlier(now.add({ hours: 24 * rules.refreshTokenDays }), createdAt.add({ hours: 24 * rules.sessionDays }));

/** At most the session's expiry, in whole seconds since 1970 as JWT requires. */
export const accessTokenExpirySeconds = (
  sessionExpiresAt: Temporal.Instant,
  now: Temporal.Instant,
  rules: SessionRules,
): number =>
  Math.floor(earlier(now.add({ hours: rules.accessTokenHours }), sessionExpiresAt).epochMilliseconds / 1_000);

/** How often the last use of a session is recorded. */
export const LAST_USE_PRECISION_SECONDS = 60;
/** Listed: those used last. */
export const MAX_LISTED_SESSIONS = 100;

/** Equal for an unknown domain, an unknown e-mail address and a wrong password. */
export const invalidCredentials = (): Refusal => refusal('INVALID_CREDENTIALS', 'user.invalidCredentials');

/** The refresh token is unknown or used, or its session has ended. */
export const sessionOver = (): Refusal =>
  refusal('INVALID_CREDENTIALS', 'api.sessionEnded', ['refreshToken']);

/** Disclosed only after the right password. */
export const emailUnverified = (): Refusal => refusal('INACTIVE', 'user.emailUnverified', ['input', 'email']);

/** Disclosed only after the right password or token. */
export const userInactive = (): Refusal => refusal('INACTIVE', 'user.inactive');
export const tenantInactive = (): Refusal => refusal('INACTIVE', 'shared.tenantInactive');
