/** Composes e-mails in the tenant's words, language, zone and brand. */
import type { TenantProfile } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, message } from '@libs/outcome/messages';
import type { Payload } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { htmlOf, textOf, type EmailContent, type DetailRow } from './html.ts';
import { localeFormatOf, writtenShort, writtenSpan, type LocaleFormat } from './localeFormat.ts';
import { oneLine, emailKindOf, reasonOf, type NotifiedBookingEvent, type EmailChange } from './rules.ts';

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
  recipientName: string;
};

export type BookingNames = {
  resource: string | undefined;
  booker: string | undefined;
  client: string | undefined;
};

/** Starts of further bookings that an e-mail lists; it says how many more there are, and when the last one is. */
export const MAX_LISTED_STARTS = 10;

/** `otherStarts`, in RFC 3339: of bookings of which the e-mail tells the same. */
export function bookingEmail(
  event: NotifiedBookingEvent,
  { tenant, recipientName }: EmailContext,
  names: BookingNames,
  otherStarts: readonly string[] = [],
): Email {
  const localeFormat = localeFormatOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = localeFormat;
  const { payload } = event;
  const { bookingLabel, resourceSingular, userLabel } = tenant.settings.customLabels;
  const kind = emailKindOf(event);
  const reason = reasonOf(event);
  const start = Temporal.Instant.from(payload.start_time);
  const resource = names.resource && oneLine(names.resource);
  const title = {
    headline: message(`notification.headline.${kind}`, language),
    booking: oneLine(bookingLabel),
  };
  const rows: (DetailRow | undefined)[] = [
    resource ? { label: oneLine(resourceSingular), value: resource } : undefined,
    {
      label: message('notification.when', language),
      value: writtenSpan(localeFormat, start, Temporal.Instant.from(payload.end_time)),
    },
    ...startRows(localeFormat, otherStarts),
    names.client ? { label: oneLine(userLabel), value: oneLine(names.client) } : undefined,
    names.booker && payload.user_id !== payload.client_id
      ? { label: message('notification.madeBy', language), value: oneLine(names.booker) }
      : undefined,
    reason ? { label: message('notification.reason', language), value: oneLine(reason) } : undefined,
  ];
  const more = otherStarts.length > 0 ? ` (+${otherStarts.length})` : '';
  const subject = { ...title, when: writtenShort(localeFormat, start) + more };
  const paragraphs = [message(`notification.text.${kind}`, language)];
  if (otherStarts.length > 0)
    paragraphs.push(message('notification.several', language, { count: otherStarts.length + 1 }));
  return emailOf(localeFormat, tenant, {
    subject: resource
      ? message('notification.subject', language, { ...subject, resource })
      : message('notification.subjectWithoutResource', language, subject),
    heading: message('notification.heading', language, title),
    recipientName,
    paragraphs,
    rows: rows.filter((row) => row !== undefined),
  });
}

function startRows(localeFormat: LocaleFormat, starts: readonly string[]): DetailRow[] {
  const { language } = localeFormat;
  const instants = starts
    .map((start) => Temporal.Instant.from(start))
    .toSorted((a, b) => Temporal.Instant.compare(a, b));
  const listed = instants.slice(0, MAX_LISTED_STARTS);
  const rows = listed.map((start) => ({
    label: message('notification.also', language),
    value: writtenShort(localeFormat, start),
  }));
  const count = instants.length - listed.length;
  if (count === 0) return rows;
  const last = writtenShort(localeFormat, instants.at(-1)!);
  const value = message('notification.more', language, { count, last });
  return [...rows, { label: message('notification.also', language), value }];
}

/** To an administrator. */
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

/** To the old address. */
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
    greeting: message('notification.greeting', language, { name: oneLine(recipientName) }),
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
