/** Composes e-mails in the tenant's words, language, zone and brand. */
import type { TenantProfile } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, message, type Language } from '@libs/outcome/messages';
import type { Payload } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { htmlOf, textOf, type EmailContent } from './html.ts';
import { localeFormatOf, writtenShort, type LocaleFormat } from './localeFormat.ts';
import { oneLine, type EmailChange } from './rules.ts';

export type Email = {
  subject: string;
  text: string;
  html: string;
  /** The tenant's name. */
  fromName: string;
  language: string;
};

export type EmailContext = {
  tenant: Pick<TenantProfile, 'name' | 'logoUrl' | 'themePrimaryColor'> & {
    settings: Pick<TenantProfile['settings'], 'timezone' | 'locale' | 'customLabels'>;
  };
  /** '': a greeting without a name. */
  recipientName: string;
};

/** The e-mail to an administrator about a disabled webhook. */
export function webhookEmail(
  payload: Payload<'webhook.disabled'>,
  { tenant, recipientName }: EmailContext,
): Email {
  const localeFormat = localeFormatOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = localeFormat;
  const url = oneLine(payload.url);
  return emailOf(localeFormat, tenant, {
    subject: message('notification.webhook.subject', language, { host: hostOf(url) }),
    heading: message('notification.webhook.headline', language),
    recipientName,
    paragraphs: [
      message(`notification.webhook.${payload.reason}`, language),
      message('notification.webhook.next', language),
    ],
    rows: [
      { label: message('notification.webhook.address', language), value: url },
      {
        label: message('notification.webhook.since', language),
        value: writtenShort(localeFormat, Temporal.Instant.from(payload.failing_since)),
      },
    ],
  });
}

/** The notice to the old address. */
export function emailChangeNotice(
  payload: EmailChange['payload'],
  { tenant, recipientName }: EmailContext,
): Email {
  const localeFormat = localeFormatOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = localeFormat;
  const whose = { tenant: oneLine(tenant.name) };
  return emailOf(localeFormat, tenant, {
    subject: message('notification.email.subject', language, whose),
    heading: message('notification.email.headline', language),
    recipientName,
    paragraphs: [
      message('notification.email.changed', language, whose),
      message('notification.email.next', language, whose),
    ],
    rows: [
      {
        label: message('notification.when', language),
        value: writtenShort(localeFormat, Temporal.Instant.from(payload.changed_at)),
      },
    ],
  });
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

const greetingOf = (name: string, language: Language): string =>
  name === ''
    ? message('notification.greetingWithoutName', language)
    : message('notification.greeting', language, { name });

export function emailOf(
  { language }: LocaleFormat,
  tenant: EmailContext['tenant'],
  parts: { subject: string; recipientName: string } & Pick<
    EmailContent,
    'heading' | 'paragraphs' | 'rows' | 'link'
  >,
): Email {
  const { subject, recipientName, ...content } = parts;
  const name = oneLine(tenant.name);
  const body: EmailContent = {
    ...content,
    language,
    greeting: greetingOf(oneLine(recipientName), language),
    footer: message('notification.footer', language, { tenant: name }),
  };
  return {
    subject,
    text: textOf(body),
    html: htmlOf(body, { name, color: tenant.themePrimaryColor, logoUrl: tenant.logoUrl }),
    fromName: name,
    language,
  };
}
