/** E-mails about a user's account, in the tenant's language and brand. */
import type { LinkEventType } from '@drizzle/user/tables';
import { DEFAULT_LANGUAGE, message } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import { emailOf, type Email, type EmailContext } from './email.ts';
import { localeFormatOf, writtenShort } from './localeFormat.ts';
import { oneLine, type SignIn } from './rules.ts';

const KEYS = {
  'user.password_reset': 'passwordReset',
  'user.email_verification': 'emailVerification',
  'user.invitation': 'invitation',
  'user.address_taken': 'addressTaken',
  'user.sign_up_repeated': 'signUpRepeated',
  'tenant.export_requested': 'tenantExport',
} as const satisfies Record<LinkEventType, string>;

/** `link` may contain a token. */
export function linkEmail(type: LinkEventType, { tenant, recipientName }: EmailContext, link: string): Email {
  const localeFormat = localeFormatOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = localeFormat;
  const params = { tenant: oneLine(tenant.name) };
  const key = KEYS[type];
  return emailOf(localeFormat, tenant, {
    subject: message(`notification.${key}.subject`, language, params),
    heading: message(`notification.${key}.headline`, language),
    recipientName,
    paragraphs: [
      message(`notification.${key}.text`, language, params),
      message(`notification.${key}.next`, language, params),
    ],
    link: { label: message(`notification.${key}.link`, language), url: link },
    rows: [],
  });
}

/** The e-mail to a user whose account somebody has signed in to from a new device. */
export function signInNotice(payload: SignIn['payload'], { tenant, recipientName }: EmailContext): Email {
  const localeFormat = localeFormatOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = localeFormat;
  const params = { tenant: oneLine(tenant.name) };
  const device = payload.device && oneLine(payload.device);
  return emailOf(localeFormat, tenant, {
    subject: message('notification.signIn.subject', language, params),
    heading: message('notification.signIn.headline', language),
    recipientName,
    paragraphs: [
      message('notification.signIn.text', language, params),
      message('notification.signIn.next', language, params),
    ],
    rows: [
      {
        label: message('notification.when', language),
        value: writtenShort(localeFormat, Temporal.Instant.from(payload.signed_in_at)),
      },
      {
        label: message('notification.signIn.device', language),
        value: device || message('notification.signIn.unknownDevice', language),
      },
    ],
  });
}
