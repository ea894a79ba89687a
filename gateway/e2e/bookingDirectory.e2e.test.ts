/** What the booking subgraph keeps of resources and users never makes it book what may not be booked. */
import { sharedFederation } from '@libs/testing/federation';
import { eventually } from '@libs/testing/eventFixtures';
import { expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** As promised, and a margin for a busy machine. */
const UNANNOUNCED_LIMIT_MS = 4_000;

const vaga = await sharedFederation();
const setup = await setUpTenant(vaga, await vaga.signIn());
const { admin, user, resourceId, categoryId } = setup;

let hour = 0;
/** Books a free hour of its own for `user`. Returns the codes of its refusals. */
async function refusalsOfBooking(): Promise<string[]> {
  hour += 1;
  const [day, start] = [6 + Math.floor(hour / 15), 6 + (hour % 15)];
  const input = {
    resourceId,
    userId: user.id,
    startTime: daysAhead(day, start),
    endTime: daysAhead(day, start + 1),
  };
  const query =
    'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { userErrors { code message } } }';
  const { createBooking } = await vaga.data(query, { input }, { token: admin.token });
  return createBooking.userErrors.map(({ code }: { code: string }) => code);
}

const changes: [string, string, object, object, string][] = [
  [
    'a resource that is deactivated',
    'updateResource',
    { id: resourceId, isActive: false },
    { isActive: true },
    'INACTIVE',
  ],
  [
    'a category that is deactivated',
    'updateResourceCategory',
    { id: categoryId, isActive: false },
    { isActive: true },
    'INACTIVE',
  ],
  [
    'a user who loses canBook',
    'updateUser',
    { id: user.id, permissions: { canBook: false } },
    { permissions: { canBook: true } },
    'USER_CANNOT_BOOK',
  ],
];

it.each(changes)(
  '%s is refused by the next booking, and accepted again after the change back',
  async (_, verb, change, back, code) => {
    expect(await refusalsOfBooking()).toEqual([]);
    await mutate(vaga, admin.token, verb, change, '__typename');
    expect(await refusalsOfBooking()).toEqual([code]);
    await mutate(vaga, admin.token, verb, { ...change, ...back }, '__typename');
    expect(await refusalsOfBooking()).toEqual([]);
  },
);

it('a change whose announcement is lost acts within two seconds, though the resource is booked all the time', async () => {
  expect(await refusalsOfBooking()).toEqual([]);
  await vaga.databases.resource
    .sql`update resources set is_active = false, version = version + 1 where id = ${resourceId}`;
  const isRefused = async () => (await refusalsOfBooking()).includes('INACTIVE');
  await eventually('refused', isRefused, { limitMs: UNANNOUNCED_LIMIT_MS, everyMs: 100 });
});

it('bookings are listed by the category of their resource', async () => {
  const query = `query ($id: ID!) { bookings(first: 1, filter: { categoryId: $id }) { totalCount nodes { resource { id category { id } } } } }`;
  const listed = async (id: string) => (await vaga.data(query, { id }, { token: admin.token })).bookings;
  const { totalCount, nodes } = await listed(categoryId);
  expect(totalCount).toBeGreaterThan(0);
  expect(nodes).toEqual([{ resource: { id: resourceId, category: { id: categoryId } } }]);
  expect(await listed(resourceId)).toEqual({ totalCount: 0, nodes: [] });
});

it('a new resource and a new user can be booked at once', async () => {
  const { resource } = await mutate(
    vaga,
    admin.token,
    'createResource',
    { categoryId, name: 'Sala nova' },
    'resource { id }',
  );
  const person = { name: 'Nova', email: 'nova@vaga.test', userType: 'USER' };
  const created = await mutate(vaga, admin.token, 'createUser', person, 'user { id }');
  const input = {
    resourceId: resource.id,
    userId: created.user.id,
    startTime: daysAhead(5, 9),
    endTime: daysAhead(5, 10),
  };
  await mutate(vaga, admin.token, 'createBooking', input, 'booking { id }');
});
