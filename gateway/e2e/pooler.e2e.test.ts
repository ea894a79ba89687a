/** The whole system by way of PgBouncer in transaction mode. */
import { databaseUrlVariable, SUBGRAPHS } from '@libs/runtime/subgraphs';
import { eventually } from '@libs/testing/eventFixtures';
import { federation } from '@libs/testing/federation';
import { isPgbouncerInstalled, pgbouncer } from '@libs/testing/pgbouncer';
import { describe, expect, test } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** More than PgBouncer has connections. */
const CLIENTS = 24;

describe.skipIf(!isPgbouncerInstalled)('through PgBouncer (needs pgbouncer)', async () => {
  if (!isPgbouncerInstalled) return;
  const vaga = await federation({
    async variablesFor({ databases }) {
      const urls = await pgbouncer(SUBGRAPHS.map((name) => databases[name].url));
      return {
        DATABASE_POOLER: 'transaction',
        ...Object.fromEntries(SUBGRAPHS.map((name, n) => [databaseUrlVariable(name), urls[n]!])),
      };
    },
  });
  const setup = await setUpTenant(vaga, await vaga.signIn());
  const { token } = setup.manager;
  const book = (hour: number) =>
    vaga.ask(
      `mutation ($input: CreateBookingInput!) { createBooking(input: $input) {
        booking { id } userErrors { code }
      } }`,
      {
        input: {
          resourceId: setup.resourceId,
          startTime: daysAhead(20, hour),
          endTime: daysAhead(20, hour + 1),
        },
      },
      { token },
    );

  test('of many who want one time at once, one gets it and the others CONFLICT, or are told to try again', async () => {
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => book(8)));
    const ids = answers.flatMap(({ data }) => data?.createBooking?.booking?.id ?? []);
    expect(ids).toHaveLength(1);
    for (const { data, errors } of answers) {
      if (errors) expect(errors[0]!.extensions.code).toBe('SERVICE_UNAVAILABLE');
      else if (!data.createBooking.booking)
        expect(data.createBooking.userErrors).toEqual([{ code: 'CONFLICT' }]);
    }
  });

  test('bookings are made side by side, changed and canceled, and every event reaches its consumers', async () => {
    const hours = Array.from({ length: 10 }, (_, n) => 10 + n);
    const answers = await Promise.all(hours.map(book));
    expect(answers.map(({ errors }) => errors)).toEqual(hours.map(() => undefined));
    const ids = answers.map(({ data }) => data.createBooking.booking.id as string);
    expect(new Set(ids).size).toBe(hours.length);

    const [moved, canceled] = ids as [string, string];
    await mutate(
      vaga,
      token,
      'updateBooking',
      { id: moved, startTime: daysAhead(21, 10), endTime: daysAhead(21, 11) },
      'booking { id }',
    );
    await mutate(vaga, token, 'cancelBooking', { id: canceled }, 'booking { status }');

    await eventually('every event is published and consumed', async () => {
      const { sql } = vaga.databases.booking;
      const [{ waiting }] = (await sql`
        select count(*)::int as waiting from outbox
        where position is null or position > (select published from outbox_relay)`) as [{ waiting: number }];
      return waiting === 0;
    });
    const { sql } = vaga.databases.booking;
    const events = await sql<{ id: string; type: string }[]>`
      select id, event_type as type from outbox where payload ->> 'booking_id' = any(${ids})`;
    expect(events).toHaveLength(ids.length + 2);
    const created = events.filter(({ type }) => type === 'booking.created');
    // The tenant subgraph reacts to every event, twice; the others at least to new bookings.
    for (const [name, group, expected] of [
      ['tenant', 'tenant-service', events],
      ['tenant', 'audit', events],
      ['user', 'user-service', created],
      ['resource', 'resource-service', created],
    ] as const) {
      await eventually(`${group} has consumed the events`, async () => {
        const rows = await vaga.databases[name].sql`
          select from consumed_events
          where event_id = any(${expected.map(({ id }) => id)}::uuid[]) and consumer_group = ${group}`;
        return rows.length === expected.length;
      });
      expect(await vaga.databases[name].sql`select from inbox where dead_at is not null`).toHaveLength(0);
    }
  });
});
