import { sharedFederation } from '@libs/testing/federation';
import { waitUntil } from '@scripts/dev/servers/processes';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';

const vaga = await sharedFederation();
const admin = await vaga.signIn();
const asAdmin = { token: admin, language: 'pt-BR' };

/** Not the demo's, whose tests share the system. */
const DOMAIN = 'quickstart.example';
/** From one subgraph to another, on a busy machine. */
const CASCADE_LIMIT_MS = 15_000;

const ZONE = 'America/Sao_Paulo';
/** Two days ahead: still cancellable, and not too far in advance. */
const at = (hour: number) =>
  Temporal.Now.plainDateISO(ZONE)
    .add({ days: 2 })
    .toZonedDateTime({ timeZone: ZONE, plainTime: Temporal.PlainTime.from({ hour }) })
    .toInstant()
    .toString({ smallestUnit: 'millisecond' });

test('a tenant books a resource in ten steps, and deletes everything by cascades', async () => {
  // 1 · the tenant
  const { createTenant } = await vaga.data(
    `mutation ($input: CreateTenantInput!) {
      createTenant(input: $input) {
        tenant { id domain settings { timezone workingHoursStart workingHoursEnd bookingInterval customLabels { resourceSingular resourcePlural bookingLabel userLabel } } }
        userErrors { code message field }
      }
    }`,
    {
      input: {
        name: 'Academia Fit',
        domain: DOMAIN,
        plan: 'PROFESSIONAL',
        settings: {
          businessType: 'fitness',
          timezone: ZONE,
          workingHoursStart: '06:00',
          workingHoursEnd: '22:00',
          bookingInterval: 60,
          advanceBookingDays: 30,
          cancellationHours: 24,
          autoConfirm: true,
          customLabels: {
            resourceSingular: 'Sala',
            resourcePlural: 'Salas',
            bookingLabel: 'Aula',
            userLabel: 'Aluno',
          },
        },
      },
    },
    asAdmin,
  );
  expect(createTenant).toMatchObject({
    userErrors: [],
    tenant: {
      settings: {
        workingHoursStart: '06:00:00',
        workingHoursEnd: '22:00:00',
        customLabels: { userLabel: 'Aluno' },
      },
    },
  });
  const tenantId: string = createTenant.tenant.id;

  // 2 · the user
  const { createUser } = await vaga.data(
    `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id email tenant { name } permissions { canBook canManageBookings } } userErrors { code message field } } }`,
    {
      input: { tenantId, name: 'João Silva', email: `joao@${DOMAIN}`, password: 'uma-senha-comprida' },
    },
    asAdmin,
  );
  expect(createUser).toMatchObject({
    userErrors: [],
    user: { tenant: { name: 'Academia Fit' }, permissions: { canBook: true, canManageBookings: false } },
  });
  const userId: string = createUser.user.id;
  const joao = await vaga.signIn({
    domain: DOMAIN,
    email: `JOAO@${DOMAIN}`,
    password: 'uma-senha-comprida',
  });
  const asJoao = { token: joao, language: 'pt-BR' };

  // 3 · the category
  const { createResourceCategory } = await vaga.data(
    `mutation ($input: CreateResourceCategoryInput!) { createResourceCategory(input: $input) { category { id type } userErrors { code message } } }`,
    { input: { tenantId, name: 'Salas de Aula', type: 'PHYSICAL' } },
    asAdmin,
  );
  const categoryId: string = createResourceCategory.category.id;

  // 4 · the resource
  const { createResource } = await vaga.data(
    `mutation ($input: CreateResourceInput!) { createResource(input: $input) { resource { id capacity category { name } tenant { domain } } userErrors { code message } } }`,
    { input: { tenantId, categoryId, name: 'Sala 1 - Spinning', capacity: 20, attributes: { bikes: 20 } } },
    asAdmin,
  );
  expect(createResource.resource).toMatchObject({ capacity: 20, category: { name: 'Salas de Aula' } });
  const resourceId: string = createResource.resource.id;

  // 5 · its free slots, without a session
  const availability = async () => {
    const { resource } = await vaga.data(
      `query ($id: ID!, $from: LocalDate!) { resource(id: $id) { name availability(from: $from) { date timezone slots { startTime localStart available unavailableReason } } } }`,
      {
        id: resourceId,
        from: Temporal.Instant.from(at(9)).toZonedDateTimeISO(ZONE).toPlainDate().toString(),
      },
    );
    return resource.availability[0];
  };
  const day = await availability();
  expect(day.timezone).toBe(ZONE);
  expect(day.slots).toHaveLength(16);
  expect(day.slots.every((slot: { available: boolean }) => slot.available)).toBe(true);

  // 6 · a booking
  const CREATE = `mutation ($input: CreateBookingInput!) {
    createBooking(input: $input) {
      booking { id status version canCancel localStart resource { name } user { name } client { name } tenant { name } }
      bookings { id }
      userErrors { code message field ... on BookingConflictError { conflicts { bookingId startTime endTime } } }
    }
  }`;
  const { createBooking } = await vaga.data(
    CREATE,
    { input: { resourceId, startTime: at(9), endTime: at(10), notes: 'Primeira aula' } },
    asJoao,
  );
  expect(createBooking).toMatchObject({
    userErrors: [],
    booking: {
      status: 'CONFIRMED',
      version: 1,
      canCancel: true,
      resource: { name: 'Sala 1 - Spinning' },
      user: { name: 'João Silva' },
      client: { name: 'João Silva' },
      tenant: { name: 'Academia Fit' },
    },
  });
  const bookingId: string = createBooking.booking.id;
  expect(
    (await availability()).slots.find((slot: { startTime: string }) => slot.startTime === at(9)),
  ).toMatchObject({
    available: false,
    unavailableReason: 'CONFLICT',
  });

  // 7 · a conflicting booking
  const refused = await vaga.data(
    CREATE,
    { input: { resourceId, startTime: at(9), endTime: at(11) } },
    asJoao,
  );
  expect(refused.createBooking).toEqual({
    booking: null,
    bookings: [],
    userErrors: [
      expect.objectContaining({
        code: 'CONFLICT',
        message: 'Recurso já possui reserva neste intervalo',
        conflicts: [{ bookingId, startTime: at(9), endTime: at(10) }],
      }),
    ],
  });

  // 8 · the list
  const { bookings } = await vaga.data(
    `{ bookings(first: 10) { totalCount nodes { id status canCancel resource { id name } user { name } } } }`,
    {},
    asJoao,
  );
  expect(bookings).toMatchObject({
    totalCount: 1,
    nodes: [{ id: bookingId, canCancel: true, resource: { id: resourceId } }],
  });

  // The stats follow by event.
  const stats = async () =>
    (
      await vaga.data(
        'query ($id: ID!) { resource(id: $id) { stats { bookingsCreated bookingsCancelled lastBookedAt } } }',
        { id: resourceId },
        asAdmin,
      )
    ).resource.stats;
  expect(await waitUntil(async () => (await stats()).bookingsCreated === 1, CASCADE_LIMIT_MS)).toBe(true);

  // 9 · deleting the resource cancels its bookings; deleting the user anonymizes them
  const { deleteResource } = await vaga.data(
    'mutation ($id: ID!) { deleteResource(id: $id) { deletedId userErrors { code } } }',
    { id: resourceId },
    asAdmin,
  );
  expect(deleteResource).toEqual({ deletedId: resourceId, userErrors: [] });
  const booking = async () =>
    (
      await vaga.data(
        'query ($id: ID!) { booking(id: $id) { status version cancellationReason resource { name isActive } user { name email isActive } } }',
        { id: bookingId },
        asAdmin,
      )
    ).booking;
  expect(await waitUntil(async () => (await booking()).status === 'CANCELLED', CASCADE_LIMIT_MS)).toBe(true);
  expect(await booking()).toMatchObject({
    version: 2,
    resource: { name: 'Sala 1 - Spinning', isActive: false },
  });
  expect(
    (await vaga.data('query ($id: ID!) { resource(id: $id) { id } }', { id: resourceId }, asAdmin)).resource,
  ).toBeNull();

  const { deleteUser } = await vaga.data(
    'mutation ($id: ID!) { deleteUser(id: $id) { deletedId userErrors { code } } }',
    { id: userId },
    asAdmin,
  );
  expect(deleteUser).toEqual({ deletedId: userId, userErrors: [] });
  expect((await booking()).user).toEqual({ name: 'Usuário removido', email: null, isActive: false });

  // 10 · deleting the tenant leaves nothing
  const { deleteTenant } = await vaga.data(
    'mutation ($id: ID!) { deleteTenant(id: $id) { deletedId userErrors { code } } }',
    { id: tenantId },
    asAdmin,
  );
  expect(deleteTenant).toEqual({ deletedId: tenantId, userErrors: [] });
  const rowsLeft = async () => {
    const { user, resource, booking: bookingsDatabase } = vaga.databases;
    const counts = await Promise.all([
      user.sql`select 1 from users where tenant_id = ${tenantId}`,
      resource.sql`select 1 from resources where tenant_id = ${tenantId}`,
      resource.sql`select 1 from resource_categories where tenant_id = ${tenantId}`,
      bookingsDatabase.sql`select 1 from bookings where tenant_id = ${tenantId}`,
    ]);
    return counts.reduce((sum, rows) => sum + rows.length, 0);
  };
  expect(await waitUntil(async () => (await rowsLeft()) === 0, CASCADE_LIMIT_MS)).toBe(true);
  expect((await vaga.data(`{ tenantByDomain(domain: "${DOMAIN}") { id } }`)).tenantByDomain).toBeNull();
});
