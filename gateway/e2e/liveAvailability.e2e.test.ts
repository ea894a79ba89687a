/** Slots that are pushed to visitors without a session, through the whole federation. */
import { sharedFederation } from '@libs/testing/federation';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const ARRIVAL_MS = 15_000;
const VISITORS = 60;

const vaga = await sharedFederation();
const setup = await setUpTenant(vaga, await vaga.signIn());

const QUERY = `subscription Slots($input: AvailabilityChangedInput!) {
  availabilityChanged(input: $input) {
    resource { id name }
    days { date slotCount availableCount freeRanges { startTime lastStart remainingSeats } closures { name } }
  }
}`;
type Day = { date: string; slotCount: number; availableCount: number; closures: { name: string }[] };
type Data = { availabilityChanged: { resource: { id: string; name: string }; days: Day[] } };

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const dateOf = (days: number) => daysAhead(days, 12).slice(0, 'YYYY-MM-DD'.length);
const input = { resourceIds: [setup.resourceId], from: dateOf(20), to: dateOf(21) };

function watch(variables: object = { input }) {
  const events: Data['availabilityChanged'][] = [];
  const errors: unknown[] = [];
  const client = createClient({
    url: `${vaga.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  closing.push(() => client.dispose());
  client.subscribe<Data>(
    { query: QUERY, variables: { ...variables } },
    {
      next: ({ data }) => void events.push(data!.availabilityChanged),
      error: (error) => void errors.push(error),
      complete: () => {},
    },
  );
  return { events, errors };
}

const book = async (hour: number): Promise<string> => {
  const times = { startTime: daysAhead(20, hour), endTime: daysAhead(20, hour + 1) };
  const booked = { resourceId: setup.resourceId, ...times };
  return (await mutate(vaga, setup.user.token, 'createBooking', booked, 'booking { id }')).booking.id;
};

it(
  `reach ${VISITORS} visitors: first the whole state, then each day that changes`,
  { timeout: 120_000 },
  async () => {
    const visitors = Array.from({ length: VISITORS }, () => watch());
    await expect
      .poll(() => visitors.every(({ events }) => events.length === 1), { timeout: ARRIVAL_MS })
      .toBe(true);
    const [first] = visitors[0]!.events;
    expect(first).toMatchObject({
      resource: { name: 'Sala 1' },
      days: [{ date: input.from }, { date: input.to }],
    });
    const free = first!.days[0]!.availableCount;
    expect(free).toBe(first!.days[0]!.slotCount);

    const bookingId = await book(10);
    const last = (one: (typeof visitors)[number]) =>
      one.events.at(-1)!.days.map((day) => [day.date, day.availableCount]);
    await expect
      .poll(() => visitors.every((one) => one.events.length === 2), { timeout: ARRIVAL_MS })
      .toBe(true);
    for (const one of visitors) expect(last(one)).toEqual([[input.from, free - 1]]);

    // One who comes now gets the state as it is, and what follows.
    const late = watch();
    await expect.poll(() => late.events.length, { timeout: ARRIVAL_MS }).toBe(1);
    expect(late.events[0]!.days.map((day) => day.availableCount)).toEqual([free - 1, free]);
    await mutate(vaga, setup.admin.token, 'cancelBooking', { id: bookingId }, 'booking { id }');
    const all = [...visitors, late];
    await expect
      .poll(() => all.every((one) => one.events.at(-1)!.days[0]!.availableCount === free), {
        timeout: ARRIVAL_MS,
      })
      .toBe(true);
    expect(late.events).toHaveLength(2);
    const closures = [{ name: 'Feriado', from: input.to, to: input.to }];
    await mutate(vaga, setup.admin.token, 'createClosures', { closures }, 'closures { id }');
    await expect
      .poll(() => all.every((one) => one.events.at(-1)!.days[0]!.closures[0]?.name === 'Feriado'), {
        timeout: ARRIVAL_MS,
      })
      .toBe(true);
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  },
);

it('of a deleted resource are closed from the first event on, though its bookings are cancelled', async () => {
  const resource = { categoryId: setup.categoryId, name: 'Sala 2' };
  const { id } = (await mutate(vaga, setup.admin.token, 'createResource', resource, 'resource { id }'))
    .resource;
  const times = { startTime: daysAhead(20, 10), endTime: daysAhead(20, 11) };
  await mutate(vaga, setup.user.token, 'createBooking', { resourceId: id, ...times }, 'booking { id }');
  const visitor = watch({ input: { ...input, resourceIds: [id] } });
  await expect.poll(() => visitor.events.length, { timeout: ARRIVAL_MS }).toBe(1);
  await vaga.data(
    'mutation ($id: ID!) { deleteResource(id: $id) { deletedId } }',
    { id },
    { token: setup.admin.token },
  );
  await expect.poll(() => visitor.events.length, { timeout: ARRIVAL_MS }).toBeGreaterThan(1);
  const after = visitor.events.slice(1).flatMap(({ days }) => days.map((day) => day.availableCount));
  expect(after).toEqual(after.map(() => 0));
});

it('are served over server-sent events too, and refuse bad input by its code', async () => {
  const client = createStreamClient({ url: `${vaga.url}/graphql/stream`, retryAttempts: 0 });
  closing.push(() => client.dispose());
  const events: unknown[] = [];
  client.subscribe<Data>(
    { query: QUERY, variables: { input } },
    {
      next: (event) => void events.push(event),
      error: (error) => void events.push(error),
      complete: () => {},
    },
  );
  await expect.poll(() => events.length, { timeout: ARRIVAL_MS }).toBeGreaterThan(0);
  expect(events[0]).toMatchObject({ data: { availabilityChanged: { resource: { id: setup.resourceId } } } });
  const bad = watch({ input: { ...input, to: dateOf(50) } });
  await expect.poll(() => JSON.stringify(bad.errors), { timeout: ARRIVAL_MS }).toContain('BAD_USER_INPUT');
});
