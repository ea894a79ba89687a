import type { LinkEventType, LinkPurpose, LinkRequestKind } from '@drizzle/user/tables';
import { refusal, type Refusal } from '@libs/outcome/outcome';

/** How long a link works, from the attempt to send it. */
export const LINK_HOURS: Record<LinkPurpose, number> = {
  RESET_PASSWORD: 1,
  VERIFY_EMAIL: 24,
  ACCEPT_INVITATION: 7 * 24,
  EXPORT_TENANT: 24,
};

/** E-mails with links to one address, from all tenants together, in any hour. */
export const MAX_LINK_EMAILS_PER_HOUR = 3;
export const LINK_EMAIL_WINDOW_HOURS = 1;

/** What the link of an e-mail is for; null: the e-mail only leads to the frontend. */
export const PURPOSES: Record<LinkEventType, LinkPurpose | null> = {
  'user.password_reset': 'RESET_PASSWORD',
  'user.email_verification': 'VERIFY_EMAIL',
  'user.invitation': 'ACCEPT_INVITATION',
  'user.address_taken': null,
  'user.sign_up_repeated': 'RESET_PASSWORD',
  'tenant.export_requested': 'EXPORT_TENANT',
};
export const LINK_EVENT_TYPES = Object.keys(PURPOSES) as LinkEventType[];

export const isLinkEvent = (type: string): type is LinkEventType => Object.hasOwn(PURPOSES, type);

/** Keeps the query of the address. */
export function linkTo(frontendUrl: string, purpose: LinkPurpose, token: string): string {
  const url = new URL(frontendUrl);
  url.search += `${url.search ? '&' : ''}action=${purpose}&token=${token}`;
  return url.href;
}

export type Recipient = {
  isActive: boolean;
  isAdministrator: boolean;
  hasPassword: boolean;
  isInvited: boolean;
  isVerified: boolean;
  /** Signed up, and never verified the address. */
  awaitsVerification: boolean;
};

/** Nobody verified the address before the next sign-up with it, which removed the password: a new one is chosen by e-mail. */
const isSignUpRepeated = (user: Recipient): boolean => user.awaitsVerification && !user.hasPassword;

/** The e-mail that a known address gets for a request; undefined: none. */
export function emailFor(kind: LinkRequestKind, user: Recipient): LinkEventType | undefined {
  if (!user.isActive) return undefined;
  if (isSignUpRepeated(user)) return 'user.sign_up_repeated';
  if (kind === 'VERIFY_EMAIL') return user.isVerified ? undefined : 'user.email_verification';
  // The invitation is how these users get their first password.
  if (user.isInvited && !user.hasPassword) return 'user.invitation';
  if (kind === 'SIGN_UP') return 'user.address_taken';
  return user.hasPassword ? 'user.password_reset' : undefined;
}

/** Whether the user could use a link of this purpose. */
export function canUse(purpose: LinkPurpose, user: Recipient): boolean {
  if (!user.isActive) return false;
  if (purpose === 'EXPORT_TENANT') return user.isAdministrator;
  if (purpose === 'RESET_PASSWORD') return user.hasPassword || isSignUpRepeated(user);
  if (purpose === 'VERIFY_EMAIL') return !isSignUpRepeated(user);
  return user.isInvited && !user.hasPassword;
}

export const linkInvalid = (field: string[]): Refusal => refusal('TOKEN_INVALID', 'user.linkInvalid', field);
export const tooManyLinkEmails = (field: string[]): Refusal =>
  refusal('TOO_MANY', 'user.tooManyLinkEmails', field, { max: MAX_LINK_EMAILS_PER_HOUR });
