/** Closures through the gateway: with the resource subgraph's categories, and beside real bookings. */
import { sharedFederation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { daysAhead, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
const platform = await vaga.signIn();

const CREATE = `
  mutation ($input: CreateClosuresInput!) {
    createClosures(input: $input) {
      closures { id name from to startTime endTime tenant { id } resources { id name } categories { id name } }
      affected { id status cancellationReason client { id } }
      affectedCount
      userErrors { __typename code field ... on BookingConflictError { conflicts { bookingId startTime } } }
    }
  }`;

const dateOf = (days: number): string => daysAhead(days, 12).slice(0, 'YYYY-MM-DD'.length);

it('closes a category, refuses, cancels, and shows the day', async () => {
  const setup = await setUpTenant(vaga, platform);
  const day = dateOf(3);
  const closure = { name: 'Reforma', from: day, to: day, endTime: '10:30' };
  const create = async (input: object) =>
    (await vaga.data(CREATE, { input }, { token: setup.manager.token })).createClosures;

  const refused = await create({
    closures: [{ ...closure, categoryIds: [setup.categoryId] }],
    effect: 'REFUSE',
  });
  expect(refused).toEqual({
    closures: [],
    affected: [],
    affectedCount: 0,
    userErrors: [
      {
        __typename: 'BookingConflictError',
        code: 'CONFLICT',
        field: ['input', 'effect'],
        conflicts: [{ bookingId: setup.bookingId, startTime: daysAhead(3, 9) }],
      },
    ],
  });

  const made = await create({
    closures: [{ ...closure, resourceIds: [setup.resourceId], categoryIds: [setup.categoryId] }],
    effect: 'CANCEL',
  });
  expect(made).toEqual({
    closures: [
      {
        ...{
          id: expect.any(String),
          name: 'Reforma',
          from: day,
          to: day,
          startTime: null,
          endTime: '10:30:00',
        },
        tenant: { id: setup.tenantId },
        resources: [{ id: setup.resourceId, name: 'Sala 1' }],
        categories: [{ id: setup.categoryId, name: 'Salas' }],
      },
    ],
    affected: [
      {
        ...{ id: setup.bookingId, status: 'CANCELLED', cancellationReason: 'Reforma' },
        client: { id: setup.user.id },
      },
    ],
    affectedCount: 1,
    userErrors: [],
  });

  // Without a session.
  const shown = await vaga.data(
    `query ($tenantId: ID!, $resourceId: ID!, $from: LocalDate!, $to: LocalDate!) {
      closures(tenantId: $tenantId, filter: { resourceId: $resourceId, from: $from }) { nodes { id } totalCount }
      resource(id: $resourceId) { availability(from: $from, to: $to) { date closures { id } } }
    }`,
    { tenantId: setup.tenantId, resourceId: setup.resourceId, from: day, to: dateOf(4) },
  );
  const ids = [{ id: made.closures[0].id }];
  expect(shown).toEqual({
    closures: { nodes: ids, totalCount: 1 },
    resource: {
      availability: [
        { date: day, closures: ids },
        { date: dateOf(4), closures: [] },
      ],
    },
  });
});
