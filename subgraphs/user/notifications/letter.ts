/** What an event is told by: subject, text and HTML, in the tenant's words, language, zone and brand. Pure. */
import type { TenantProfile } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, message } from '@libs/outcome/messages';
import type { Payload } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { htmlOf, textOf, type Content, type Row } from './html.ts';
import { mannerOf, writtenShort, writtenSpan, type Manner } from './localTimes.ts';
import { oneLine, situationOf, type BookingFact, type EmailChange } from './rules.ts';

export type Letter = {
  subject: string;
  text: string;
  html: string;
  /** The tenant's name, whom the letter is from. */
  fromName: string;
  language: string;
};

/** What a letter needs to know beside its fact. */
export type Surroundings = {
  tenant: Pick<TenantProfile, 'name' | 'logoUrl' | 'themePrimaryColor'> & {
    settings: Pick<TenantProfile['settings'], 'timezone' | 'locale' | 'customLabels'>;
  };
  recipientName: string;
};

/** Names of what a booking joins; undefined for one that nobody knows any more. */
export type BookingNames = {
  resource: string | undefined;
  maker: string | undefined;
  client: string | undefined;
};

/** The letter that tells of a booking. */
export function bookingLetter(
  fact: BookingFact,
  { tenant, recipientName }: Surroundings,
  names: BookingNames,
): Letter {
  const manner = mannerOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = manner;
  const { payload } = fact;
  const { bookingLabel, resourceSingular, userLabel } = tenant.settings.customLabels;
  const situation = situationOf(fact);
  const start = Temporal.Instant.from(payload.start_time);
  const resource = names.resource && oneLine(names.resource);
  const title = {
    headline: message(`notification.headline.${situation}`, language),
    booking: oneLine(bookingLabel),
  };
  const rows: (Row | undefined)[] = [
    resource ? { label: oneLine(resourceSingular), value: resource } : undefined,
    {
      label: message('notification.when', language),
      value: writtenSpan(manner, start, Temporal.Instant.from(payload.end_time)),
    },
    names.client ? { label: oneLine(userLabel), value: oneLine(names.client) } : undefined,
    names.maker && payload.user_id !== payload.client_id
      ? { label: message('notification.madeBy', language), value: oneLine(names.maker) }
      : undefined,
    fact.type === 'booking.cancelled' && fact.payload.reason
      ? { label: message('notification.reason', language), value: oneLine(fact.payload.reason) }
      : undefined,
  ];
  const subject = { ...title, when: writtenShort(manner, start) };
  return letterOf(manner, tenant, {
    subject: resource
      ? message('notification.subject', language, { ...subject, resource })
      : message('notification.subjectWithoutResource', language, subject),
    heading: message('notification.heading', language, title),
    recipientName,
    paragraphs: [message(`notification.text.${situation}`, language)],
    rows: rows.filter((row) => row !== undefined),
  });
}

/** The letter that tells an administrator that a webhook was turned off. */
export function webhookLetter(
  payload: Payload<'webhook.disabled'>,
  { tenant, recipientName }: Surroundings,
): Letter {
  const manner = mannerOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = manner;
  const url = oneLine(payload.url);
  return letterOf(manner, tenant, {
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
        value: writtenShort(manner, Temporal.Instant.from(payload.failing_since)),
      },
    ],
  });
}

/** The letter that tells the old address that it signs its user in no more. */
export function emailChangeLetter(
  payload: EmailChange['payload'],
  { tenant, recipientName }: Surroundings,
): Letter {
  const manner = mannerOf(tenant.settings, DEFAULT_LANGUAGE);
  const { language } = manner;
  const whose = { tenant: oneLine(tenant.name) };
  return letterOf(manner, tenant, {
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
        value: writtenShort(manner, Temporal.Instant.from(payload.changed_at)),
      },
    ],
  });
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

function letterOf(
  { language }: Manner,
  tenant: Surroundings['tenant'],
  parts: { subject: string; recipientName: string } & Pick<Content, 'heading' | 'paragraphs' | 'rows'>,
): Letter {
  const { subject, recipientName, ...said } = parts;
  const name = oneLine(tenant.name);
  const content: Content = {
    ...said,
    language,
    greeting: message('notification.greeting', language, { name: oneLine(recipientName) }),
    footer: message('notification.footer', language, { tenant: name }),
  };
  return {
    subject,
    text: textOf(content),
    html: htmlOf(content, { name, color: tenant.themePrimaryColor, logoUrl: tenant.logoUrl }),
    fromName: name,
    language,
  };
}
