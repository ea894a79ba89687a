/**
 * `npm run demo`: creates the tenant Academia Fit in a running system, with rooms, people and a week of bookings, through the public
 * API. If the tenant exists, only prints how to sign in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';

const port = process.env['GATEWAY_PORT'] || 4000;
const address = `http://127.0.0.1:${port}/graphql`;
const platform = {
  email: process.env['PLATFORM_ADMIN_EMAIL'] || 'admin@vaga.local',
  password: process.env['PLATFORM_ADMIN_PASSWORD'] || 'vaga-development-admin',
};

const DOMAIN = 'academia-fit.com';
const ZONE = 'America/Sao_Paulo';
const PASSWORD = 'academia-fit-demo';
const DAYS_OF_BOOKINGS = 7;

type Refusals = { userErrors: { code: string; message: string; field: string[] | null }[] };

const MAX_ATTEMPTS = 5;
const RETRY_DELAY_MS = 1_000;

async function ask<T>(query: string, variables: object, token?: string): Promise<T> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  };
  let response = await fetch(address, request);
  // A busy machine refuses requests before it does anything with them.
  for (let attempt = 1; response.status === 503 && attempt < MAX_ATTEMPTS; attempt += 1) {
    await sleep(RETRY_DELAY_MS);
    response = await fetch(address, request);
  }
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map((error) => error.message).join('; '));
  return data;
}

/** Runs one mutation. Throws its userErrors. */
async function mutate<T>(field: string, input: object, selection: string, token?: string): Promise<T> {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message field } } }`;
  const answer = (await ask<Record<string, T & Refusals>>(query, { input }, token))[field]!;
  if (answer.userErrors.length > 0)
    throw new Error(`${field}: ${answer.userErrors.map((one) => one.message).join(' ')}`);
  return answer;
}

async function signIn(input: { domain?: string; email: string; password: string }): Promise<string> {
  const { session } = await mutate<{ session: { accessToken: string } }>(
    'signIn',
    input,
    'session { accessToken }',
  );
  return session.accessToken;
}

const SETTINGS = {
  businessType: 'fitness',
  timezone: ZONE,
  locale: 'pt-BR',
  workingHoursStart: '06:00',
  workingHoursEnd: '22:00',
  bookingInterval: 60,
  advanceBookingDays: 30,
  cancellationHours: 1,
  autoConfirm: true,
  customLabels: {
    resourceSingular: 'Sala',
    resourcePlural: 'Salas',
    bookingLabel: 'Aula',
    userLabel: 'Aluno',
  },
};

const PEOPLE = [
  { name: 'Ana Souza', email: `ana@${DOMAIN}`, userType: 'ADMIN' },
  { name: 'João Silva', email: `joao@${DOMAIN}`, userType: 'USER' },
  { name: 'Maria Oliveira', email: `maria@${DOMAIN}`, userType: 'USER' },
];

const ROOMS = [
  {
    name: 'Sala 1 - Spinning',
    description: 'Vinte bicicletas com medidor de potência, som e ventilação.',
    capacity: 20,
    location: 'Térreo',
    attributes: { bikes: 20 },
  },
  {
    name: 'Sala 2 - Pilates',
    description: 'Seis reformers e piso de madeira.',
    capacity: 12,
    location: 'Primeiro andar',
    attributes: { reformers: 6 },
  },
  {
    name: 'Quadra de areia',
    description: 'Vôlei e futevôlei, com iluminação à noite.',
    capacity: 10,
    location: 'Externa',
    attributes: { covered: false },
  },
];

/** A class of twenty, and who gives it: a person can be booked with a room. */
const CLASS = {
  name: 'Aula de funcional',
  description: 'Até vinte pessoas; cada uma reserva o seu lugar, ou vários.',
  capacity: 20,
  bookingMode: 'SESSION',
};
const INSTRUCTOR = { name: 'Rafael Lima', description: 'Instrutor. Pode ser reservado com uma sala.' };
/** Seats taken in the class of 18:00 of each day. */
const CLASS_HOUR = 18;
const CLASS_SEATS = 17;
/** The day after those of the bookings. */
const HOLIDAY = 'Aniversário da cidade';

/** Room (index in ROOMS) and hour of each day's classes; people take turns. */
const CLASSES = [
  { room: 0, hour: 7 },
  { room: 0, hour: 18 },
  { room: 1, hour: 9 },
  { room: 1, hour: 19 },
  { room: 2, hour: 16 },
];

async function make(token: string): Promise<string> {
  const { tenant } = await mutate<{ tenant: { id: string } }>(
    'createTenant',
    {
      name: 'Academia Fit',
      domain: DOMAIN,
      plan: 'PROFESSIONAL',
      logoUrl: `http://localhost:${port}/demo/academia-fit.svg`,
      themePrimaryColor: '#E4572E',
      settings: SETTINGS,
    },
    'tenant { id }',
    token,
  );
  const tenantId = tenant.id;
  console.log(`Academia Fit: ${tenantId}`);

  const users: string[] = [];
  for (const person of PEOPLE) {
    const { user } = await mutate<{ user: { id: string } }>(
      'createUser',
      { tenantId, ...person, password: PASSWORD },
      'user { id }',
      token,
    );
    users.push(user.id);
  }
  const { category } = await mutate<{ category: { id: string } }>(
    'createResourceCategory',
    { tenantId, name: 'Salas de Aula', type: 'PHYSICAL', icon: 'dumbbell', color: '#E4572E' },
    'category { id }',
    token,
  );
  const makeOne = async (name: string, type: string, color: string, resource: object): Promise<string> => {
    const one = await mutate<{ category: { id: string } }>(
      'createResourceCategory',
      { tenantId, name, type, color },
      'category { id }',
      token,
    );
    const made = await mutate<{ resource: { id: string } }>(
      'createResource',
      { tenantId, categoryId: one.category.id, ...resource },
      'resource { id }',
      token,
    );
    return made.resource.id;
  };
  const rooms: string[] = [];
  for (const room of ROOMS) {
    const { resource } = await mutate<{ resource: { id: string } }>(
      'createResource',
      { tenantId, categoryId: category.id, ...room },
      'resource { id }',
      token,
    );
    rooms.push(resource.id);
  }

  const groupClass = await makeOne('Aulas coletivas', 'PHYSICAL', '#2A6F97', CLASS);
  await makeOne('Instrutores', 'HUMAN', '#6A4C93', INSTRUCTOR);

  const tomorrow = Temporal.Now.plainDateISO(ZONE).add({ days: 1 });
  let created = 0;
  for (let day = 0; day < DAYS_OF_BOOKINGS; day += 1) {
    const date = tomorrow.add({ days: day });
    for (const { room, hour } of CLASSES) {
      // Without an offset, times are the tenant's local time.
      const at = (h: number) => `${date.toString()}T${String(h).padStart(2, '0')}:00`;
      const user = users[1 + (created % (users.length - 1))];
      await mutate(
        'createBooking',
        { tenantId, resourceId: rooms[room], userId: user, startTime: at(hour), endTime: at(hour + 1) },
        'booking { id }',
        token,
      );
      created += 1;
    }
    const [start, end] = [CLASS_HOUR, CLASS_HOUR + 1].map((hour) => `${date.toString()}T${hour}:00`);
    await mutate(
      'createBooking',
      {
        tenantId,
        resourceId: groupClass,
        userId: users[2],
        seats: CLASS_SEATS,
        startTime: start,
        endTime: end,
      },
      'booking { id }',
      token,
    );
    created += 1;
  }
  const holiday = tomorrow.add({ days: DAYS_OF_BOOKINGS }).toString();
  await mutate(
    'createClosures',
    { tenantId, closures: [{ name: HOLIDAY, from: holiday, to: holiday }] },
    'closures { id }',
    token,
  );
  console.log(`${HOLIDAY}: closed on ${holiday}`);
  console.log(
    `${users.length} people, ${rooms.length} rooms, ${created} bookings from ${tomorrow.toString()} on`,
  );
  return tenantId;
}

try {
  const token = await signIn(platform);
  const { tenantByDomain } = await ask<{ tenantByDomain: { id: string } | null }>(
    'query ($domain: String!) { tenantByDomain(domain: $domain) { id } }',
    { domain: DOMAIN },
  );
  if (tenantByDomain) console.log(`Academia Fit is there already: ${tenantByDomain.id}`);
  else await make(token);
  console.log(`\nSign in with domain ${DOMAIN} and password ${PASSWORD}:`);
  for (const { email, userType } of PEOPLE)
    console.log(`  ${email}${userType === 'ADMIN' ? ' (administrator)' : ''}`);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  console.error(`The demo stopped: ${error instanceof Error ? error.message : String(error)}${cause}`);
  console.error(`Is the system running at ${address}? Start it with: npm start`);
  process.exitCode = 1;
}
