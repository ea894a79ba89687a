/** Bookings whose user, client or resource is missing, as after a partial restore. */
import { newId } from '@libs/db/ids';
import { announceDirectoryChange } from '@libs/directory/directoryChanges';
import { sharedFederation } from '@libs/testing/federation';
import { createClient } from 'graphql-ws';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
const redis = new Redis(vaga.redisUrl);
afterAll(() => redis.disconnect());
const platform = await vaga.signIn();

const BOOKING = `
  id status notes localStart canCancel
  tenant { id name }
  user { ...Person } client { ...Person } cancelledBy { id name isActive }
  resource {
    id name description capacity location attributes isActive createdAt updatedAt
    availabilitySchedule { day } stats { bookingsCreated bookingsCancelled lastBookedAt }
    tenant { id name } bookings(first: 1) { totalCount }
    availability(from: "2030-01-07") { date }
    category { id name description type icon color isActive createdAt tenant { id } resources { totalCount } }
  }`;
const PERSON = `
  fragment Person on User {
    id name email phone userType metadata isActive createdAt updatedAt tenant { id name }
    permissions { canBook canManageBookings canManageResources canManageUsers } bookings(first: 1) { totalCount }
  }`;
const NAMES = {
  en: {
    user: 'Unknown user',
    resource: 'Unknown resource',
    category: 'Unknown category',
    tenant: 'Unknown tenant',
  },
  'pt-BR': {
    user: 'Usuário desconhecido',
    resource: 'Recurso desconhecido',
    category: 'Categoria desconhecida',
    tenant: 'Organização desconhecida',
  },
} as const;
const LANGUAGES = ['en', 'pt-BR'] as const;
const NEVER = '1970-01-01T00:00:00.000Z';

let setup: TenantSetup;
let stranger: TenantSetup;
/** Three bookings: for the manager, for a user of another tenant, and for the user. */
let bookingIds: string[];

const placeholderOf = (language: keyof typeof NAMES, id: string) => ({
  id,
  name: NAMES[language].user,
  email: null,
  phone: null,
  userType: 'USER',
  metadata: {},
  isActive: false,
  createdAt: NEVER,
  updatedAt: NEVER,
  tenant: { id: setup.tenantId, name: 'Academia' },
  permissions: { canBook: false, canManageBookings: false, canManageResources: false, canManageUsers: false },
});
const resourceOf = (language: keyof typeof NAMES) => ({
  id: setup.resourceId,
  name: NAMES[language].resource,
  description: null,
  capacity: 1,
  location: null,
  attributes: {},
  isActive: false,
  createdAt: NEVER,
  updatedAt: NEVER,
  availabilitySchedule: [],
  availability: [],
  stats: { bookingsCreated: 0, bookingsCancelled: 0, lastBookedAt: null },
  tenant: { id: setup.tenantId, name: 'Academia' },
  category: {
    name: NAMES[language].category,
    description: null,
    type: 'PHYSICAL',
    icon: null,
    color: null,
    isActive: false,
    createdAt: NEVER,
    tenant: { id: setup.tenantId },
    resources: { totalCount: 0 },
  },
});
const admin = (language: string) => ({ token: setup.admin.token, language });

beforeAll(async () => {
  [setup, stranger] = await Promise.all([setUpTenant(vaga, platform), setUpTenant(vaga, platform)]);
  const make = async (hour: number, clientId: string) => {
    const input = {
      resourceId: setup.resourceId,
      userId: setup.user.id,
      clientId,
      startTime: daysAhead(8, hour),
      endTime: daysAhead(8, hour + 1),
    };
    return (await mutate(vaga, setup.manager.token, 'createBooking', input, 'booking { id }')).booking.id;
  };
  bookingIds = [await make(9, setup.manager.id), await make(10, setup.manager.id), setup.bookingId];
  const { user, resource, booking } = vaga.databases;
  await user.sql`delete from users where id = any(${[setup.user.id, setup.manager.id]}::uuid[])`;
  await resource.sql`delete from resources where id = ${setup.resourceId}`;
  // What the booking subgraph keeps would outlive the rows.
  for (const id of [setup.user.id, setup.manager.id, setup.resourceId])
    await announceDirectoryChange(redis, id);
  // Impossible through the API.
  await booking.sql`update bookings set client_id = ${stranger.user.id} where id = ${bookingIds[1]!}`;
});

it.each(LANGUAGES)(
  'shows bookings with missing references with placeholders, alone and in lists (%s)',
  async (language) => {
    const { booking } = await vaga.data(
      `query ($id: ID!) { booking(id: $id) { ${BOOKING} } } ${PERSON}`,
      { id: bookingIds[0] },
      admin(language),
    );
    expect(booking).toMatchObject({
      id: bookingIds[0],
      tenant: { id: setup.tenantId, name: 'Academia' },
      user: placeholderOf(language, setup.user.id),
      client: placeholderOf(language, setup.manager.id),
      resource: resourceOf(language),
      cancelledBy: null,
    });

    const { bookings } = await vaga.data(
      `{ bookings(first: 50) { totalCount nodes { ${BOOKING} } } } ${PERSON}`,
      {},
      admin(language),
    );
    expect(bookings.nodes).toHaveLength(bookings.totalCount);
    expect(bookings.totalCount).toBe(6);
    for (const node of bookings.nodes) {
      expect(node).toMatchObject({
        user: placeholderOf(language, setup.user.id),
        resource: resourceOf(language),
      });
    }
  },
);

it('shows a user of another tenant like one that does not exist', async () => {
  const { bookings } = await vaga.data(
    `{ bookings { nodes { id client { ...Person } } } } ${PERSON}`,
    {},
    admin('en'),
  );
  const clients = new Map(
    bookings.nodes.map(({ id, client }: { id: string; client: object }) => [id, client]),
  );
  expect(clients.get(bookingIds[1]!)).toMatchObject(placeholderOf('en', stranger.user.id));
  expect({ ...(clients.get(bookingIds[1]!) as object), bookings: null, id: '' }).toEqual({
    ...(clients.get(bookingIds[0]!) as object),
    bookings: null,
    id: '',
  });
});

it('answers null for a missing user or resource by id, and books nothing for them', async () => {
  const byId = await vaga.data(
    `query ($user: ID!, $strange: ID!, $resource: ID!) {
      user(id: $user) { id } strange: user(id: $strange) { id } resource(id: $resource) { id }
      users { nodes { id } } resources { totalCount }
    }`,
    { user: setup.user.id, strange: stranger.user.id, resource: setup.resourceId },
    admin('en'),
  );
  expect(byId).toEqual({
    user: null,
    strange: null,
    resource: null,
    users: { nodes: [{ id: setup.admin.id }] },
    resources: { totalCount: 0 },
  });

  const times = { startTime: daysAhead(9, 9), endTime: daysAhead(9, 10) };
  const { resource } = await mutate(
    vaga,
    setup.admin.token,
    'createResource',
    { categoryId: setup.categoryId, name: 'Sala 2' },
    'resource { id }',
  );
  const book = async (input: object) =>
    (
      await vaga.data(
        'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code field } } }',
        { input: { ...times, ...input } },
        admin('en'),
      )
    ).createBooking;
  expect(await book({ resourceId: setup.resourceId })).toEqual({
    booking: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['input', 'resourceId'] }],
  });
  for (const id of [setup.user.id, newId()]) {
    expect((await book({ resourceId: resource.id, userId: id })).userErrors).toEqual(
      (await book({ resourceId: resource.id, userId: stranger.user.id })).userErrors,
    );
    expect(await book({ resourceId: resource.id, clientId: id })).toEqual({
      booking: null,
      userErrors: [{ code: 'NOT_FOUND', field: ['input', 'clientId'] }],
    });
  }
  for (const [field, id] of [
    ['deleteUser', setup.user.id],
    ['deleteResource', setup.resourceId],
  ]) {
    const query = `mutation ($id: ID!) { it: ${field}(id: $id) { deletedId userErrors { code } } }`;
    expect(await vaga.data(query, { id }, admin('en'))).toEqual({
      it: { deletedId: null, userErrors: [{ code: 'NOT_FOUND' }] },
    });
  }
});

type Change = { type: string; booking: { id: string; notes: string | null } };

function follow(language: keyof typeof NAMES) {
  const changes: Change[] = [];
  const errors: unknown[] = [];
  class Socket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers: { 'accept-language': language } });
    }
  }
  const client = createClient({
    url: `${vaga.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${setup.admin.token}` },
  });
  afterAll(() => client.dispose());
  client.subscribe<{ bookingChanged: Change }>(
    { query: `subscription { bookingChanged { type booking { ${BOOKING} } } } ${PERSON}` },
    {
      next: ({ data, errors: received }) => {
        errors.push(...(received ?? []));
        if (data) changes.push(data.bookingChanged);
      },
      error: (error) => void errors.push(error),
      complete: () => {},
    },
  );
  return { language, changes, errors };
}

it('sends changes of such bookings to subscribers, and lets them be updated, completed and cancelled', async () => {
  const subscribers = LANGUAGES.map(follow);
  // A subscription gets no change made before it has started.
  await expect
    .poll(
      async () => {
        const input = { id: bookingIds[0], notes: `change ${newId()}` };
        await mutate(vaga, setup.admin.token, 'updateBooking', input, 'booking { id }');
        return subscribers.every(({ changes, errors }) => changes.length + errors.length > 0);
      },
      { timeout: 30_000, interval: 300 },
    )
    .toBe(true);

  const expected = { user: placeholderOf('en', setup.user.id), resource: resourceOf('en') };
  const change = async (field: string, input: object, selection: string) => {
    const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { it: ${field}(input: $input) { ${selection} userErrors { code } } } ${PERSON}`;
    return (await vaga.data(query, { input }, admin('en'))).it;
  };
  const one = `booking { ${BOOKING} }`;
  // A booking can be completed once it has begun.
  await vaga.databases.booking.sql`
    with allocation as (
      update allocations set start_time = start_time - interval '30 days', end_time = end_time - interval '30 days',
        occupied = tstzrange(start_time - interval '30 days', end_time - interval '30 days')
      where booking_id = ${bookingIds[1]!}
    )
    update bookings set start_time = start_time - interval '30 days', end_time = end_time - interval '30 days'
    where id = ${bookingIds[1]!}`;
  expect(await change('changeBookingStatus', { id: bookingIds[1], status: 'COMPLETED' }, one)).toMatchObject({
    booking: { ...expected, status: 'COMPLETED' },
    userErrors: [],
  });
  expect(await change('cancelBooking', { id: bookingIds[0], reason: 'lost' }, one)).toMatchObject({
    booking: { ...expected, status: 'CANCELLED', cancelledBy: { id: setup.admin.id, isActive: true } },
    userErrors: [],
  });
  const series = await change(
    'cancelBookingSeries',
    { seriesId: setup.seriesId },
    'bookings { id user { ...Person } resource { isActive } }',
  );
  expect(series.userErrors).toEqual([]);
  expect(series.bookings).toHaveLength(3);
  for (const { id, ...references } of series.bookings) {
    expect(references).toMatchObject({ user: expected.user, resource: { isActive: false } });
    const { booking } = await vaga.data(
      `query ($id: ID!) { booking(id: $id) { ${BOOKING} } } ${PERSON}`,
      { id },
      admin('en'),
    );
    expect(booking).toMatchObject({ ...expected, status: 'CANCELLED' });
  }

  for (const { language, changes, errors } of subscribers) {
    const cancelled = () => changes.filter(({ type }) => type === 'CANCELLED').length + errors.length;
    await expect.poll(cancelled, { timeout: 30_000 }).toBe(4);
    expect(errors).toEqual([]);
    const received = { user: placeholderOf(language, setup.user.id), resource: resourceOf(language) };
    for (const { booking } of changes) expect(booking).toMatchObject(received);
  }
});

it('counts missing references in /health', async () => {
  const health = async (name: 'user' | 'resource') =>
    (await (await fetch(`http://127.0.0.1:${vaga.ports[name]}/health`)).json()) as {
      missingReferences?: object;
    };
  expect((await health('user')).missingReferences).toEqual({ User: expect.any(Number) });
  expect((await health('resource')).missingReferences).toEqual({ Resource: expect.any(Number) });
});

it.each(LANGUAGES)(
  'shows bookings of a missing tenant to the platform administrator, and allows no cancellation (%s)',
  async (language) => {
    await vaga.databases.tenant.sql`delete from tenants where id = ${stranger.tenantId}`;
    // The cached settings would outlive the tenant.
    await redis.del(`settings:tenant:${stranger.tenantId}`);
    const { bookings } = await vaga.data(
      `query ($tenantId: ID!) { bookings(tenantId: $tenantId, first: 1) { nodes {
      localStart canCancel user { name tenant { id name } } resource { name category { tenant { name } } }
      tenant { id name domain plan isActive createdAt logoUrl settings { timezone locale bookingInterval } webhooks { id } }
    } } }`,
      { tenantId: stranger.tenantId },
      { token: platform, language },
    );
    expect(bookings.nodes).toMatchObject([
      {
        localStart: expect.stringMatching(/\+00:00$/),
        canCancel: false,
        user: { name: 'Alguém', tenant: { id: stranger.tenantId, name: NAMES[language].tenant } },
        resource: { name: 'Sala 1', category: { tenant: { name: NAMES[language].tenant } } },
        tenant: {
          id: stranger.tenantId,
          name: NAMES[language].tenant,
          domain: 'unknown.invalid',
          plan: 'BASIC',
          isActive: false,
          createdAt: NEVER,
          logoUrl: null,
          settings: { timezone: 'UTC', locale: 'pt-BR', bookingInterval: 30 },
          webhooks: [{ id: stranger.webhookId }],
        },
      },
    ]);
  },
);
