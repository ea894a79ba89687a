import type { TenantId } from '@libs/auth/tenantId';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, languageOfLocale, message } from '@libs/outcome/messages';
import type { LinkEventType } from '@drizzle/user/tables';
import { isLinkEvent } from '../links/rules.ts';
import { linkEmail, signInNotice } from './accountEmails.ts';
import { bookingEmail, type BookingNames } from './bookingEmail.ts';
import { emailChangeNotice, webhookEmail, type Email } from './email.ts';
import { beforeMoveOf, bookedResourceIds } from './moves.ts';
import type { NotifiedBookingEvent, NotifiedEvent } from './rules.ts';
import type { ClaimedNotification } from './store.ts';

export type EmailDirectory = {
  tenants: Pick<TenantDirectory, 'profile'>;
  /** '' for a deleted user, undefined for one that the tenant does not have. */
  nameOfUser(tenantId: TenantId, id: string): Promise<string | undefined>;
  /** Undefined for an unknown resource. SERVICE_UNAVAILABLE without an answer. */
  nameOfResource(id: string): Promise<string | undefined>;
  /** Undefined if the recipient could not use it any more. */
  linkOf(
    notification: ClaimedNotification & { eventType: LinkEventType },
    frontendUrl: string,
  ): Promise<string | undefined>;
};

/** Safe: recorded from an event that the catalogue parsed, or by a verb of ours. */
export const eventOf = ({ eventType, payload }: ClaimedNotification): NotifiedEvent =>
  ({ type: eventType, payload }) as NotifiedEvent;

/**
 * Uses the current names of tenant, resource and people; undefined if the tenant is gone or inactive, or the link has become useless. SERVICE_UNAVAILABLE if
 * another subgraph does not answer.
 */
export async function composeEmail(
  directory: EmailDirectory,
  notification: ClaimedNotification,
): Promise<Email | undefined> {
  const tenant = await directory.tenants.profile(notification.tenantId);
  if (!tenant?.isActive) return undefined;
  const context = { tenant, recipientName: notification.name };
  const { eventType } = notification;
  if (isLinkEvent(eventType)) {
    const link = await directory.linkOf({ ...notification, eventType }, tenant.frontendUrl);
    return link === undefined ? undefined : linkEmail(eventType, context, link);
  }
  const event = eventOf(notification);
  if (event.type === 'user.signed_in') return signInNotice(event.payload, context);
  if (event.type === 'webhook.disabled') return webhookEmail(event.payload, context);
  if (event.type === 'user.email_changed') return emailChangeNotice(event.payload, context);
  return bookingEmail(
    event as NotifiedBookingEvent,
    context,
    await namesOf(directory, tenant, event as NotifiedBookingEvent),
    // E-mails are combined by kind: what is sent with a move is a move as well.
    notification.others.map(({ payload }) => ({ type: event.type, payload }) as NotifiedBookingEvent),
  );
}

const known = (names: readonly (string | undefined)[]): string[] =>
  names.filter((name) => name !== undefined);

async function namesOf(
  { nameOfUser, nameOfResource }: EmailDirectory,
  tenant: TenantProfile,
  event: NotifiedBookingEvent,
): Promise<BookingNames> {
  const { user_id: bookerId, client_id: clientId } = event.payload;
  const before = beforeMoveOf(event);
  const resourceIds = bookedResourceIds(event.payload);
  const idsBefore = before && bookedResourceIds(before);
  const isMoved = idsBefore && String(idsBefore) !== String(resourceIds);
  const namesOfResources = (ids: readonly string[]) => Promise.all(ids.map(nameOfResource));
  const [names, namesBefore, booker, client] = await Promise.all([
    namesOfResources(resourceIds),
    isMoved ? namesOfResources(idsBefore) : undefined,
    nameOfUser(tenant.id, bookerId),
    nameOfUser(tenant.id, clientId),
  ]);
  const language = languageOfLocale(tenant.settings.locale) ?? DEFAULT_LANGUAGE;
  const shown = (name: string | undefined) => (name === '' ? message('user.deletedName', language) : name);
  return {
    resource: names[0],
    resources: { now: known(names), before: known(namesBefore ?? []) },
    booker: shown(booker),
    client: shown(client),
  };
}
