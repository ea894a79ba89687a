/**
 * The README's ten steps. `learn` names values of an answer by their path, for the variables of later steps; `token` is sent with
 * every request from then on.
 */
const ZONE = 'America/Sao_Paulo';
const PASSWORD = 'uma-senha-comprida';
const DAYS_AHEAD = 2;
const DAY_MS = 86_400_000;

const day = () => new Date(Date.now() + DAYS_AHEAD * DAY_MS).toISOString().slice(0, 10);

const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    session { accessToken expiresAt }
    userErrors { code message field }
  }
}`;
const BOOK = `mutation Book($input: CreateBookingInput!) {
  createBooking(input: $input) {
    booking { id status localStart canCancel resource { name } }
    userErrors { code message field ... on BookingConflictError { conflicts { startTime endTime } } }
  }
}`;
const create = (type, result) => `mutation Create${type}($input: Create${type}Input!) {
  create${type}(input: $input) {
    ${result} { id }
    userErrors { code message field }
  }
}`;
const remove = (type) => `mutation Delete${type}($id: ID!) {
  delete${type}(id: $id) {
    deletedId
    userErrors { code message }
  }
}`;
const learnToken = { token: 'signIn.session.accessToken' };
const administrator = () => ({ input: { email: 'admin@vaga.local', password: 'vaga-development-admin' } });
const booking = (end) => (known) => ({
  input: { resourceId: known.resource, startTime: `${day()}T09:00`, endTime: `${day()}T${end}` },
});

export const STEPS = [
  [
    {
      title: 'Sign in as the platform administrator',
      query: SIGN_IN,
      variables: administrator,
      learn: learnToken,
    },
    {
      title: 'Create a tenant',
      query: create('Tenant', 'tenant'),
      variables: () => ({
        input: {
          name: 'Academia Fit',
          domain: 'fit.example',
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
      }),
      learn: { tenant: 'createTenant.tenant.id' },
    },
  ],
  [
    {
      title: 'Create a user',
      query: create('User', 'user'),
      variables: ({ tenant }) => ({
        input: { tenantId: tenant, name: 'João Silva', email: 'joao@fit.example', password: PASSWORD },
      }),
      learn: { user: 'createUser.user.id' },
    },
  ],
  [
    {
      title: 'Create a category',
      query: create('ResourceCategory', 'category'),
      variables: ({ tenant }) => ({ input: { tenantId: tenant, name: 'Salas de Aula', type: 'PHYSICAL' } }),
      learn: { category: 'createResourceCategory.category.id' },
    },
  ],
  [
    {
      title: 'Create a resource in it',
      query: create('Resource', 'resource'),
      variables: ({ tenant, category }) => ({
        input: { tenantId: tenant, categoryId: category, name: 'Sala 1 - Spinning', capacity: 20 },
      }),
      learn: { resource: 'createResource.resource.id' },
    },
  ],
  [
    {
      title: 'See what is free',
      query: `query Free($id: ID!, $from: LocalDate!) {
  resource(id: $id) {
    name
    availability(from: $from) {
      date
      slots { localStart available unavailableReason }
    }
  }
}`,
      variables: ({ resource }) => ({ id: resource, from: day() }),
    },
  ],
  [
    {
      title: 'Sign in as João',
      query: SIGN_IN,
      variables: () => ({ input: { domain: 'fit.example', email: 'joao@fit.example', password: PASSWORD } }),
      learn: learnToken,
    },
    { title: 'Book', query: BOOK, variables: booking('10:00') },
  ],
  [{ title: 'Try a conflicting booking', query: BOOK, variables: booking('11:00') }],
  [
    {
      title: 'List João’s bookings',
      query: `query Bookings {
  bookings(first: 10) {
    totalCount
    nodes { localStart status canCancel resource { name } user { name } }
  }
}`,
      variables: () => ({}),
    },
  ],
  [
    {
      title: 'Sign in as the administrator again',
      query: SIGN_IN,
      variables: administrator,
      learn: learnToken,
    },
    {
      title: 'Delete the resource',
      query: remove('Resource'),
      variables: ({ resource }) => ({ id: resource }),
    },
    { title: 'Delete the user', query: remove('User'), variables: ({ user }) => ({ id: user }) },
    {
      title: 'See the cancelled booking',
      query: `query Cancelled($tenant: ID!) {
  bookings(tenantId: $tenant) {
    nodes { status resource { name isActive } user { name isActive } }
  }
}`,
      variables: ({ tenant }) => ({ tenant }),
    },
  ],
  [{ title: 'Delete the tenant', query: remove('Tenant'), variables: ({ tenant }) => ({ id: tenant }) }],
];
