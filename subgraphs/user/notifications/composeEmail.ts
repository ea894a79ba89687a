import type { Db } from '@libs/db/connect';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, languageOfLocale, message } from '@libs/outcome/messages';
import { bookingEmail, emailChangeNotice, webhookEmail, type Email } from './email.ts';
import { recipientsOf, type NotifiedBookingEvent, type NotifiedEvent } from './rules.ts';
import { namesOfUsers, type ClaimedNotification } from './store.ts';

export type EmailDirectory = {
  db: Db;
  tenants: Pick<TenantDirectory, 'profile'>;
  /** Undefined for an unknown resource. SERVICE_UNAVAILABLE without an answer. */
  nameOfResource(id: string): Promise<string | undefined>;
};

/**
 * Uses the current names of tenant, resource and people; undefined if the tenant is gone or inactive. SERVICE_UNAVAILABLE if
 * another subgraph does not answer.
 */
export async function composeEmail(
  directory: EmailDirectory,
  notification: ClaimedNotification,
): Promise<Email | undefined> {
  const tenant = await directory.tenants.profile(notification.tenantId);
  if (!tenant?.isActive) return undefined;
  const context = { tenant, recipientName: notification.name };
  // Safe: recorded from an event that the catalogue parsed, or by `recordEmailChange`.
  const event = { type: notification.eventType, payload: notification.payload } as NotifiedEvent;
  if (event.type === 'webhook.disabled') return webhookEmail(event.payload, context);
  if (event.type === 'user.email_changed') return emailChangeNotice(event.payload, context);
  return bookingEmail(event, context, await namesOf(directory, tenant, event));
}

async function namesOf(
  { db, nameOfResource }: EmailDirectory,
  tenant: TenantProfile,
  event: NotifiedBookingEvent,
) {
  const { user_id: bookerId, client_id: clientId, resource_id: resourceId } = event.payload;
  const [resource, people] = await Promise.all([
    nameOfResource(resourceId),
    namesOfUsers(tenant.id, db, recipientsOf(event)),
  ]);
  const language = languageOfLocale(tenant.settings.locale) ?? DEFAULT_LANGUAGE;
  const nameOf = (id: string) => {
    const name = people.get(id);
    return name === '' ? message('user.deletedName', language) : name;
  };
  return { resource, booker: nameOf(bookerId), client: nameOf(clientId) };
}
