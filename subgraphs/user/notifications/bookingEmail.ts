/** E-mails about bookings, in the tenant's words, language, zone and brand. */
import { DEFAULT_LANGUAGE, message, type Language } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import { emailOf, type Email, type EmailContext } from './email.ts';
import type { DetailRow } from './html.ts';
import { localeFormatOf, writtenShort, writtenSpan, type LocaleFormat } from './localeFormat.ts';
import { beforeMoveOf } from './moves.ts';
import { emailKindOf, oneLine, reasonOf, type EmailKind, type NotifiedBookingEvent } from './rules.ts';

export type BookingNames = {
  /** The name of the main resource. */
  resource: string | undefined;
  /** The known names of all resources, the main one first; `before` is empty unless a move changed them. */
  resources: { now: readonly string[]; before: readonly string[] };
  booker: string | undefined;
  client: string | undefined;
};

/** Starts of further bookings that an e-mail lists; it says how many more there are, and when the last one is. */
export const MAX_LISTED_STARTS = 10;

/** `others`: what the same request did to further bookings, which the e-mail lists. */
export function bookingEmail(
  event: NotifiedBookingEvent,
  { tenant, recipientName }: EmailContext,
  names: BookingNames,
  others: readonly NotifiedBookingEvent[] = [],
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
  const before = beforeMoveOf(event);
  const rows: (DetailRow | undefined)[] = [
    ...resourceRows(localeFormat, oneLine(resourceSingular), names.resources),
    seatsRow(localeFormat, payload),
    { label: message('notification.when', language), value: spanOf(localeFormat, payload) },
    before && isAtOtherTime(before, payload)
      ? {
          label: beforeLabel(localeFormat, message('notification.when', language)),
          value: spanOf(localeFormat, before),
        }
      : undefined,
    ...startRows(localeFormat, others),
    names.client ? { label: oneLine(userLabel), value: oneLine(names.client) } : undefined,
    names.booker && payload.user_id !== payload.client_id
      ? { label: message('notification.madeBy', language), value: oneLine(names.booker) }
      : undefined,
    reason ? { label: message('notification.reason', language), value: oneLine(reason) } : undefined,
  ];
  const more = others.length > 0 ? ` (+${others.length})` : '';
  const subject = { ...title, when: writtenShort(localeFormat, start) + more };
  return emailOf(localeFormat, tenant, {
    subject: resource
      ? message('notification.subject', language, { ...subject, resource })
      : message('notification.subjectWithoutResource', language, subject),
    heading: message('notification.heading', language, title),
    recipientName,
    paragraphs: [textOf(kind, language, others.length + 1)],
    rows: rows.filter((row) => row !== undefined),
  });
}

/** The sentence that says what happened to `count` bookings. */
const textOf = (kind: EmailKind, language: Language, count: number): string =>
  count === 1
    ? message(`notification.text.${kind}`, language)
    : message(`notification.several.${kind}`, language, { count });

type Times = Pick<NotifiedBookingEvent['payload'], 'start_time' | 'end_time'>;

const spanOf = (localeFormat: LocaleFormat, { start_time: start, end_time: end }: Times): string =>
  writtenSpan(localeFormat, Temporal.Instant.from(start), Temporal.Instant.from(end));

const isAtOtherTime = (before: Times, { start_time: start, end_time: end }: Times): boolean =>
  before.start_time !== start || before.end_time !== end;

const beforeLabel = ({ language }: LocaleFormat, label: string): string =>
  message('notification.before', language, { label });

function resourceRows(
  localeFormat: LocaleFormat,
  label: string,
  { now, before }: BookingNames['resources'],
): DetailRow[] {
  const listOf = (names: readonly string[]) => names.map(oneLine).join(', ');
  return [
    { label, value: listOf(now) },
    { label: beforeLabel(localeFormat, label), value: listOf(before) },
  ].filter(({ value }) => value !== '');
}

/** Shows more than one seat. Notifications that earlier releases recorded lack the number. */
const seatsRow = (
  { language }: LocaleFormat,
  { seats = 1 }: Partial<Pick<NotifiedBookingEvent['payload'], 'seats'>>,
): DetailRow | undefined =>
  seats > 1 ? { label: message('notification.seats', language), value: String(seats) } : undefined;

function startRows(localeFormat: LocaleFormat, events: readonly NotifiedBookingEvent[]): DetailRow[] {
  const { language } = localeFormat;
  const starts = events
    .map((event) => ({
      start: Temporal.Instant.from(event.payload.start_time),
      before: Temporal.Instant.from((beforeMoveOf(event) ?? event.payload).start_time),
    }))
    .toSorted((a, b) => Temporal.Instant.compare(a.start, b.start));
  const written = ({ start, before }: (typeof starts)[number]): string => {
    const shown = writtenShort(localeFormat, start);
    return start.equals(before)
      ? shown
      : message('notification.movedStart', language, {
          start: shown,
          before: writtenShort(localeFormat, before),
        });
  };
  const listed = starts.slice(0, MAX_LISTED_STARTS);
  const rows = listed.map((start) => ({
    label: message('notification.also', language),
    value: written(start),
  }));
  const count = starts.length - listed.length;
  if (count === 0) return rows;
  const last = written(starts.at(-1)!);
  const value = message('notification.more', language, { count, last });
  return [...rows, { label: message('notification.also', language), value }];
}
