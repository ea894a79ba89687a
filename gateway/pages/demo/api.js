/* global graphqlWs */
import { language } from './words.js';

/** Reconnection back-off, doubled up to the maximum. */
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;
/** The session has ended or lost a permission (graphql-transport-ws). */
const UNAUTHORIZED = 4401;

const DAY = `query ($tenantId: ID!, $date: LocalDate!) {
  resources(tenantId: $tenantId, filter: { isActive: true }, first: 50) {
    nodes {
      id name description location bookingMode category { name color type }
      availability(from: $date) {
        closures { name }
        slots { startTime endTime localStart localEnd available unavailableReason remainingSeats totalSeats heldUntil }
      }
    }
  }
}`;
const FREE = `query ($tenantId: ID!, $from: LocalDate!, $to: LocalDate!) {
  resources(tenantId: $tenantId, filter: { isActive: true }, first: 50) {
    nodes { id availability(from: $from, to: $to) { freeRanges { startTime localStart } } }
  }
}`;
const BOOKINGS = `query ($from: DateTime!, $to: DateTime!) {
  me { id name userType permissions { canManageBookings } }
  bookings(filter: { from: $from, to: $to, status: [PENDING, CONFIRMED, COMPLETED] }, first: 100) {
    nodes { id status startTime endTime seats canCancel resource { id } resources { resource { id } } client { id name } }
  }
}`;
const LIVE = `subscription Live($after: String) {
  bookingChanged(after: $after) {
    cursor
    booking { id }
  }
}`;

const SLOTS = `subscription Slots($input: AvailabilityChangedInput!) {
  availabilityChanged(input: $input) { resource { id } days { date availableCount } }
}`;

let token = sessionStorage.getItem('vaga.token');
export const isSignedIn = () => token !== null;

export function signOut() {
  token = null;
  sessionStorage.removeItem('vaga.token');
}

export class ApiRefusal extends Error {
  constructor(errors) {
    super(errors.map(({ message }) => message).join(' '));
    this.code = errors[0]?.extensions?.code;
  }
}

async function ask(query, variables) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': language,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new ApiRefusal(errors);
  return data;
}

/** Throws user errors. */
async function mutate(field, input, selection) {
  const type = `${field[0].toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message } } }`;
  const answer = (await ask(query, { input }))[field];
  if (answer.userErrors.length > 0) throw new ApiRefusal(answer.userErrors);
  return answer;
}

export async function tenantOf(domain) {
  const { tenantByDomain } = await ask(
    `query ($domain: String!) { tenantByDomain(domain: $domain) {
       id name logoUrl themePrimaryColor
       settings { timezone locale bookingInterval cancellationHours customLabels { resourcePlural bookingLabel } } } }`,
    { domain },
  );
  return tenantByDomain;
}

export async function signIn(domain, email, password) {
  const { session } = await mutate('signIn', { domain, email, password }, 'session { accessToken }');
  token = session.accessToken;
  sessionStorage.setItem('vaga.token', token);
}

export const resourcesOn = async (tenantId, date) => (await ask(DAY, { tenantId, date })).resources.nodes;

/** The first free range of each resource that has one, by id. */
export async function firstFree(tenantId, from, to) {
  const { resources } = await ask(FREE, { tenantId, from, to });
  const ranges = resources.nodes.map(({ id, availability }) => [
    id,
    availability.flatMap((day) => day.freeRanges)[0],
  ]);
  return new Map(ranges.filter(([, range]) => range));
}

export const bookingsBetween = (from, to) => ask(BOOKINGS, { from, to });

const need = (resourceId, { startTime, endTime }, { seats, companionId }) => ({
  ...{ resourceId, startTime, endTime, seats },
  ...(companionId && { additionalResources: [{ resourceId: companionId }] }),
});
export const book = (resourceId, slot, chosen) =>
  mutate('createBooking', need(resourceId, slot, chosen), 'booking { id canCancel }');
export const hold = (resourceId, slot, chosen) =>
  mutate('createHold', need(resourceId, slot, chosen), 'hold { id expiresAt }');
export const confirmHold = (id) => mutate('confirmHold', { id }, 'booking { id canCancel }');
export const releaseHold = (id) =>
  ask('mutation ($id: ID!) { releaseHold(id: $id) { hold { id } } }', { id });
export const cancel = (id) => mutate('cancelBooking', { id }, 'booking { id }');

const socketUrl = () => `${location.origin.replace(/^http/, 'ws')}/graphql`;

/** Calls `onChange` whenever slots of the day change, for visitors too, until the returned function is called. */
export function followSlots(resourceIds, date, onChange) {
  const client = graphqlWs.createClient({
    ...{ url: socketUrl(), retryAttempts: Infinity, shouldRetry: () => true },
  });
  const begun = new Set();
  const variables = { input: { resourceIds, from: date, to: date } };
  client.subscribe(
    { query: SLOTS, variables },
    {
      next({ data }) {
        const { id } = data.availabilityChanged.resource;
        // The first event of each resource is its state, which the page has read.
        if (begun.has(id)) onChange();
        begun.add(id);
      },
      error() {},
      complete() {},
    },
  );
  return () => void client.dispose();
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `onBooking` for each change until the session ends, and `onState` with 'live', 'lost' or 'ended'. Resumes lost connections at
 * the last cursor.
 */
export async function followBookings({ onBooking, onState }) {
  const sessionToken = token;
  let after;
  let backoffMs = MIN_BACKOFF_MS;
  while (token === sessionToken && token !== null) {
    const client = graphqlWs.createClient({
      url: socketUrl(),
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      on: {
        connected: () => {
          backoffMs = MIN_BACKOFF_MS;
          onState('live');
        },
      },
    });
    try {
      for await (const { data } of client.iterate({ query: LIVE, variables: { after } })) {
        if (token !== sessionToken) break;
        after = data.bookingChanged.cursor;
        onBooking(data.bookingChanged.booking);
      }
    } catch (error) {
      if (error?.code === UNAUTHORIZED) return onState('ended');
      // The cursor is too old; the page reads the day again anyway.
      if (Array.isArray(error)) after = undefined;
    }
    void client.dispose();
    if (token !== sessionToken) return undefined;
    onState('lost');
    await sleep(backoffMs);
    backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
  }
  return undefined;
}
