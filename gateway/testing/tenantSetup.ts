/** A tenant with everything, created through the API. */
import type { SharedFederation } from '@libs/testing/federation';
import { newId } from '@libs/db/ids';
import { Temporal } from 'temporal-polyfill';

export const PASSWORD = 'a-password-of-some-length';

export type TestUser = { id: string; email: string; token: string; refreshToken: string };
export type TenantSetup = {
  tenantId: string;
  domain: string;
  admin: TestUser;
  /** Has only canBook. */
  user: TestUser;
  /** Has canManageBookings, canManageResources and canManageUsers. */
  manager: TestUser;
  categoryId: string;
  resourceId: string;
  /** Created by `user`. */
  bookingId: string;
  seriesId: string;
  seriesBookingId: string;
  webhookId: string;
  /** A hold of `user`, for an hour. */
  holdId: string;
  /** Long over. */
  closureId: string;
  apiKeyId: string;
};

const ZONE = 'America/Sao_Paulo';

/** The instant `days` from now at `hour` in São Paulo. */
export const daysAhead = (days: number, hour: number): string =>
  Temporal.Now.plainDateISO(ZONE)
    .add({ days })
    .toZonedDateTime({ timeZone: ZONE, plainTime: Temporal.PlainTime.from({ hour }) })
    .toInstant()
    .toString({ smallestUnit: 'millisecond' });

/** Runs a mutation with an `input`; throws its user errors. */
export async function mutate(
  vaga: SharedFederation,
  token: string | undefined,
  field: string,
  input: object,
  selection: string,
) {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message field } } }`;
  const answer = (await vaga.data(query, { input }, { token }))[field];
  if (answer.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(answer.userErrors)}`);
  return answer;
}

export async function createPerson(
  vaga: SharedFederation,
  admin: string,
  tenantId: string,
  domain: string,
  more: object,
): Promise<TestUser> {
  const email = `${newId()}@${domain}`;
  const { user } = await mutate(
    vaga,
    admin,
    'createUser',
    { tenantId, name: 'Alguém', email, password: PASSWORD, ...more },
    'user { id }',
  );
  const { session } = await mutate(
    vaga,
    undefined,
    'signIn',
    { domain, email, password: PASSWORD },
    'session { accessToken refreshToken }',
  );
  return { id: user.id, email, token: session.accessToken, refreshToken: session.refreshToken };
}

export async function setUpTenant(vaga: SharedFederation, platform: string): Promise<TenantSetup> {
  const domain = `${newId()}.example`;
  const settings = {
    timezone: ZONE,
    workingHoursStart: '06:00',
    workingHoursEnd: '22:00',
    bookingInterval: 60,
    autoConfirm: true,
  };
  const { tenant } = await mutate(
    vaga,
    platform,
    'createTenant',
    { name: 'Academia', domain, plan: 'ENTERPRISE', settings },
    'tenant { id }',
  );
  const tenantId: string = tenant.id;
  const admin = await createPerson(vaga, platform, tenantId, domain, { userType: 'ADMIN' });
  const user = await createPerson(vaga, platform, tenantId, domain, {});
  const manager = await createPerson(vaga, platform, tenantId, domain, {
    permissions: { canManageBookings: true, canManageResources: true, canManageUsers: true },
  });
  const { category } = await mutate(
    vaga,
    admin.token,
    'createResourceCategory',
    { name: 'Salas', type: 'PHYSICAL' },
    'category { id }',
  );
  const { resource } = await mutate(
    vaga,
    admin.token,
    'createResource',
    { categoryId: category.id, name: 'Sala 1' },
    'resource { id }',
  );
  const { booking } = await mutate(
    vaga,
    user.token,
    'createBooking',
    { resourceId: resource.id, startTime: daysAhead(3, 9), endTime: daysAhead(3, 10) },
    'booking { id }',
  );
  const { series, bookings: occurrences } = await mutate(
    vaga,
    user.token,
    'createBooking',
    {
      resourceId: resource.id,
      startTime: daysAhead(3, 12),
      endTime: daysAhead(3, 13),
      recurrence: { frequency: 'DAILY', endDate: daysAhead(5, 13) },
    },
    'series { id } bookings { id }',
  );
  const { webhook } = await mutate(
    vaga,
    admin.token,
    'createWebhook',
    { url: 'https://hooks.example/vaga', events: ['BOOKING_UPDATED'] },
    'webhook { id }',
  );
  const { hold } = await mutate(
    vaga,
    admin.token,
    'createHold',
    {
      ...{ resourceId: resource.id, userId: user.id, seconds: 3600 },
      ...{ startTime: daysAhead(2, 16), endTime: daysAhead(2, 17) },
    },
    'hold { id }',
  );
  const { closures } = await mutate(
    vaga,
    admin.token,
    'createClosures',
    { closures: [{ name: 'Reforma', from: '2020-01-01', to: '2020-01-01', resourceIds: [resource.id] }] },
    'closures { id }',
  );
  const { apiKey } = await mutate(
    vaga,
    admin.token,
    'createApiKey',
    { name: 'Servidor', scopes: ['BOOKINGS_READ'] },
    'apiKey { id }',
  );
  return {
    tenantId,
    domain,
    admin,
    user,
    manager,
    categoryId: category.id,
    resourceId: resource.id,
    bookingId: booking.id,
    seriesId: series.id,
    seriesBookingId: occurrences[0].id,
    webhookId: webhook.id,
    holdId: hold.id,
    closureId: closures[0].id,
    apiKeyId: apiKey.id,
  };
}
