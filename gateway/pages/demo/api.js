/* global graphqlWs */
/** The page's way to the API: operations by POST, changes over WebSocket. */
import { language } from './words.js';

/** The pauses before a lost connection is tried again, in milliseconds: doubled from the first to the longest. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** Closed with this, the session has ended or lost a right (graphql-transport-ws). */
const UNAUTHORIZED = 4401;

const DAY = `query ($tenantId: ID!, $date: LocalDate!) {
  resources(tenantId: $tenantId, filter: { isActive: true }, first: 50) {
    nodes { id name location availability(from: $date) { slots { startTime endTime localStart available unavailableReason } } }
  }
}`;
const BOOKINGS = `query ($from: DateTime!, $to: DateTime!) {
  me { id name }
  bookings(filter: { from: $from, to: $to, status: [PENDING, CONFIRMED, COMPLETED] }, first: 100) {
    nodes { id status startTime endTime canCancel resource { id } client { id name } }
  }
}`;
const LIVE = `subscription Live($after: String) {
  bookingChanged(after: $after) {
    cursor
    booking { id status startTime endTime canCancel resource { id } client { id name } }
  }
}`;

let token = sessionStorage.getItem('vaga.token');
export const isSignedIn = () => token !== null;

export function signOut() {
  token = null;
  sessionStorage.removeItem('vaga.token');
}

/** What the API refuses an operation with. */
export class Refused extends Error {
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
  if (errors) throw new Refused(errors);
  return data;
}

/** A mutation by its input; throws what it refuses. */
async function mutate(field, input, selection) {
  const type = `${field[0].toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message } } }`;
  const answer = (await ask(query, { input }))[field];
  if (answer.userErrors.length > 0) throw new Refused(answer.userErrors);
  return answer;
}

export async function tenantOf(domain) {
  const { tenantByDomain } = await ask(
    `query ($domain: String!) { tenantByDomain(domain: $domain) {
       id name themePrimaryColor settings { timezone customLabels { resourcePlural bookingLabel } } } }`,
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
export const bookingsBetween = (from, to) => ask(BOOKINGS, { from, to });
export const book = (resourceId, { startTime, endTime }) =>
  mutate('createBooking', { resourceId, startTime, endTime }, 'booking { id }');
export const cancel = (id) => mutate('cancelBooking', { id }, 'booking { id }');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Tells `onBooking` each booking that changes, for as long as the session lasts. A lost connection is taken up again at the last
 * change's cursor, so none is missed. `onState` is told 'live', 'lost', and 'ended' with the session.
 */
export async function follow({ onBooking, onState }) {
  const followed = token;
  let after;
  let pauseMs = FIRST_PAUSE_MS;
  while (token === followed && token !== null) {
    const client = graphqlWs.createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      on: {
        connected: () => {
          pauseMs = FIRST_PAUSE_MS;
          onState('live');
        },
      },
    });
    try {
      for await (const { data } of client.iterate({ query: LIVE, variables: { after } })) {
        if (token !== followed) break;
        after = data.bookingChanged.cursor;
        onBooking(data.bookingChanged.booking);
      }
    } catch (error) {
      if (error?.code === UNAUTHORIZED) return onState('ended');
      // The cursor is of changes that are no longer kept: what there is now is read anew.
      if (Array.isArray(error)) after = undefined;
    }
    void client.dispose();
    if (token !== followed) return undefined;
    onState('lost');
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return undefined;
}
