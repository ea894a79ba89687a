import type { Db } from '@libs/db/connect';
import type { TenantProfile, Tenants } from '@libs/directory/tenants';
import { DEFAULT_LANGUAGE, languageOfLocale, message } from '@libs/outcome/messages';
import { bookingLetter, emailChangeLetter, webhookLetter, type Letter } from './letter.ts';
import { partiesOf, type BookingFact, type NotifiedFact } from './rules.ts';
import { namesOfUsers, type ClaimedNotification } from './store.ts';

export type Directory = {
  db: Db;
  tenants: Pick<Tenants, 'profile'>;
  /** A resource's name, a deleted one's too; undefined where nobody knows it any more. SERVICE_UNAVAILABLE where nobody answers. */
  nameOfResource(id: string): Promise<string | undefined>;
};

/**
 * The letter of a notification, as tenant, resource and people are called now; undefined where its tenant is gone or inactive. Throws
 * SERVICE_UNAVAILABLE where a neighbour does not answer.
 */
export async function composeLetter(
  directory: Directory,
  notification: ClaimedNotification,
): Promise<Letter | undefined> {
  const tenant = await directory.tenants.profile(notification.tenantId);
  if (!tenant?.isActive) return undefined;
  const surroundings = { tenant, recipientName: notification.name };
  // Recorded from an event that the catalogue has parsed, or by `recordEmailChange`.
  const fact = { type: notification.eventType, payload: notification.payload } as NotifiedFact;
  if (fact.type === 'webhook.disabled') return webhookLetter(fact.payload, surroundings);
  if (fact.type === 'user.email_changed') return emailChangeLetter(fact.payload, surroundings);
  return bookingLetter(fact, surroundings, await namesOf(directory, tenant, fact));
}

async function namesOf({ db, nameOfResource }: Directory, tenant: TenantProfile, fact: BookingFact) {
  const { user_id: makerId, client_id: clientId, resource_id: resourceId } = fact.payload;
  const [resource, people] = await Promise.all([
    nameOfResource(resourceId),
    namesOfUsers(tenant.id, db, partiesOf(fact)),
  ]);
  const language = languageOfLocale(tenant.settings.locale) ?? DEFAULT_LANGUAGE;
  const nameOf = (id: string) => {
    const name = people.get(id);
    return name === '' ? message('user.deletedName', language) : name;
  };
  return { resource, maker: nameOf(makerId), client: nameOf(clientId) };
}
