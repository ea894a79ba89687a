/** A client is in a class once, whether it is a booking's own resource or an additional one. */
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import type { Outcome } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import type { CreateBookingInput } from '../generated.ts';
import { confirmHold } from '../holds/confirmHold.ts';
import { createHold } from '../holds/createHold.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import { extendBookingSeries } from './series/extendBookingSeries.ts';
import { updateBookingSeries } from './series/updateBookingSeries.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'classes', max: 10 });
afterAll(() => db.close());

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

const DAILY = { frequency: 'DAILY', count: 3 } as const;
const LATER = times('15:00', '16:00');

function setup() {
  const directory = exampleDirectory();
  const tenant = exampleTenant(db, directory);
  const [boss, bob, cid] = [tenant.administrator(), tenant.user(), tenant.user()];
  const yoga = tenant.resource({ bookingMode: 'SESSION', capacity: 10 });
  const ctx = () => tenant.as(boss);
  const create = (client: typeof bob, input: CreateBookingInput) =>
    createBooking(ctx(), { ...input, userId: client.userId });
  const own = (parts: Partial<CreateBookingInput> = {}) => bookingInput(yoga, parts);
  const additional = (parts: Partial<CreateBookingInput> = {}) =>
    bookingInput(tenant.resource({ capacity: 5 }), {
      additionalResources: [{ resourceId: yoga }],
      ...parts,
    });
  const bookAll = async (client: typeof bob, input: CreateBookingInput): Promise<BookingRow[]> =>
    valueOf(await create(client, input)).bookings;
  const book = async (client: typeof bob, input: CreateBookingInput): Promise<BookingRow> =>
    (await bookAll(client, input))[0]!;
  /** How often the client is in the class on the first day at 10:00. */
  const countInClass = async ({ userId }: typeof bob): Promise<number> =>
    Number(
      (
        await sql`
          select count(*) as n from allocations join bookings on bookings.id = booking_id
          where allocations.resource_id = ${yoga} and client_id = ${userId}
            and allocations.start_time = '2027-01-06T13:00Z'`
      )[0]!['n'],
    );
  return {
    directory,
    tenant,
    boss,
    bob,
    cid,
    yoga,
    ctx,
    create,
    own,
    additional,
    book,
    bookAll,
    countInClass,
  };
}
type Setup = ReturnType<typeof setup>;

/** How the client is in the class, and how another booking is. */
const WAYS = [
  ['own', 'additional'],
  ['additional', 'own'],
  ['additional', 'additional'],
  ['own', 'own'],
] as const;

const occurrencesIn = (outcome: Outcome<unknown>) =>
  outcome.ok
    ? []
    : outcome.refusals.map(({ code, occurrence }) => [
        code,
        occurrence && formatInstant(occurrence.startTime).slice(0, 'yyyy-mm-ddThh:mm'.length),
      ]);

describe.each(WAYS)(
  'a client who is in a class as %s resource cannot be in it as %s one',
  (first, second) => {
    it('by a change of client, alone or with seats that are given back', async () => {
      const s = setup();
      await s.book(s.cid, s[first]());
      const { id } = await s.book(s.bob, s[second]({ seats: 2 }));
      const { userId: clientId } = s.cid;
      const refused = { refusals: [{ code: 'ALREADY_EXISTS', field: ['input', 'clientId'] }] };
      expect(await updateBooking(s.ctx(), { id, clientId })).toMatchObject(refused);
      expect(await updateBooking(s.ctx(), { id, clientId, seats: 1 })).toMatchObject(refused);
      expect(await s.countInClass(s.cid)).toBe(1);
      valueOf(await updateBooking(s.ctx(), { id, clientId, ...LATER }));
    });

    it('by a move of a series', async () => {
      const s = setup();
      await s.book(s.cid, s[first]());
      const [booking] = await s.bookAll(s.cid, s[second]({ ...LATER, recurrence: DAILY }));
      const move = { bookingId: booking!.id, scope: 'ALL', ...times('10:00', '11:00') } as const;
      for (const onConflict of ['REFUSE', 'SKIP'] as const) {
        expect(occurrencesIn(await updateBookingSeries(s.ctx(), { ...move, onConflict }))).toEqual([
          ['ALREADY_EXISTS', '2027-01-06T13:00'],
        ]);
      }
      expect(await s.countInClass(s.cid)).toBe(1);
      valueOf(await updateBookingSeries(s.ctx(), { ...move, ...times('12:00', '13:00') }));
    });

    it('by a change of the client of a series', async () => {
      const s = setup();
      for (const date of ['2027-01-06', '2027-01-08'])
        await s.book(s.cid, s[first](times('10:00', '11:00', date)));
      const [booking] = await s.bookAll(s.bob, s[second]({ recurrence: DAILY }));
      const { userId: clientId } = s.cid;
      const change = { bookingId: booking!.id, scope: 'ALL', clientId } as const;
      for (const onConflict of ['REFUSE', 'SKIP'] as const) {
        expect(occurrencesIn(await updateBookingSeries(s.ctx(), { ...change, onConflict }))).toEqual([
          ['ALREADY_EXISTS', '2027-01-06T13:00'],
          ['ALREADY_EXISTS', '2027-01-08T13:00'],
        ]);
      }
      expect(await s.countInClass(s.cid)).toBe(1);
      valueOf(await updateBookingSeries(s.ctx(), { ...change, ...LATER }));
    });

    it('by the confirmation of a hold', async () => {
      const s = setup();
      const { id } = valueOf(await createHold(s.ctx(), { ...s[second](), userId: s.cid.userId }));
      const { id: foreign } = await s.book(s.bob, s[first]());
      // As the release before allowed.
      await sql`update bookings set client_id = ${s.cid.userId} where id = ${foreign}`;
      expect(codesOf(await confirmHold(s.ctx(), { id }))).toEqual(['ALREADY_EXISTS']);
      expect(await s.countInClass(s.cid)).toBe(1);
    });

    const ROUNDS = 8;
    it.each([
      [
        'two changes of client',
        async (s: Setup, to: { clientId: string }) => {
          const [one, other] = [await s.book(s.bob, s[first]()), await s.book(s.boss, s[second]())];
          return [
            () => updateBooking(s.ctx(), { id: one.id, ...to }),
            () => updateBooking(s.ctx(), { id: other.id, ...to }),
          ];
        },
      ],
      [
        'a change of client and a new booking',
        async (s: Setup, to: { clientId: string }) => {
          const one = await s.book(s.bob, s[first]());
          return [() => updateBooking(s.ctx(), { id: one.id, ...to }), () => s.create(s.cid, s[second]())];
        },
      ],
      [
        'a change of a series’ client and a new booking',
        async (s: Setup, to: { clientId: string }) => {
          const [one] = await s.bookAll(s.bob, s[first]({ recurrence: DAILY }));
          return [
            () => updateBookingSeries(s.ctx(), { bookingId: one!.id, scope: 'ALL', ...to }),
            () => s.create(s.cid, s[second]()),
          ];
        },
      ],
      [
        'the move of a series and a change of client',
        async (s: Setup, to: { clientId: string }) => {
          const [one] = await s.bookAll(s.cid, s[first]({ ...LATER, recurrence: DAILY }));
          const other = await s.book(s.bob, s[second]());
          return [
            () =>
              updateBookingSeries(s.ctx(), { bookingId: one!.id, scope: 'ALL', ...times('10:00', '11:00') }),
            () => updateBooking(s.ctx(), { id: other.id, ...to }),
          ];
        },
      ],
    ])('by %s at once', async (_, prepare) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const s = setup();
        const requests = await prepare(s, { clientId: s.cid.userId });
        const outcomes = await Promise.all(requests.map((request) => request()));
        expect(outcomes.flatMap(codesOf)).toEqual(['ALREADY_EXISTS']);
        expect(await s.countInClass(s.cid)).toBe(1);
      }
    });
  },
);

describe('a booking that becomes one of a class while its client is changed', () => {
  it('is looked at again', async () => {
    const s = setup();
    await s.book(s.cid, s.own());
    const plain = await s.book(s.bob, bookingInput(s.tenant.resource()));
    const [ofSeries] = await s.bookAll(s.boss, bookingInput(s.tenant.resource(), { recurrence: DAILY }));
    const { userId: clientId } = s.cid;
    const meanwhile = (move: () => Promise<unknown>) => {
      const { members } = s.directory;
      s.directory.members = async (ids) => {
        s.directory.members = members;
        await move();
        return members(ids);
      };
    };
    const additionalResources = [{ resourceId: s.yoga }];
    meanwhile(async () => valueOf(await updateBooking(s.ctx(), { id: plain.id, additionalResources })));
    expect(codesOf(await updateBooking(s.ctx(), { id: plain.id, clientId }))).toEqual(['ALREADY_EXISTS']);
    const { id } = ofSeries!;
    meanwhile(async () => valueOf(await updateBooking(s.ctx(), { id, additionalResources })));
    const change = { bookingId: id, scope: 'ALL', clientId } as const;
    expect(codesOf(await updateBookingSeries(s.ctx(), change))).toEqual(['ALREADY_EXISTS']);
    expect(await s.countInClass(s.cid)).toBe(1);
  });
});

describe('occurrences of one series', () => {
  it('cannot be in one class at one time', async () => {
    const s = setup();
    const [first, second] = await s.bookAll(s.bob, s.additional({ recurrence: DAILY }));
    const exception = { id: second!.id, resourceId: s.tenant.resource(), ...LATER };
    valueOf(await updateBooking(s.ctx(), exception));
    const change = { bookingId: first!.id, scope: 'ALL', clientId: s.cid.userId, ...LATER } as const;
    expect(occurrencesIn(await updateBookingSeries(s.ctx(), change))).toEqual([
      ['ALREADY_EXISTS', '2027-01-06T18:00'],
    ]);
    valueOf(await updateBookingSeries(s.ctx(), { ...change, ...times('16:00', '17:00') }));
  });

  it('that must stay where they are get the new client only if the client is not there', async () => {
    const s = setup();
    const [first] = await s.bookAll(s.bob, s.additional({ recurrence: DAILY }));
    await s.book(s.cid, s.own(times('10:00', '11:00', '2027-01-07')));
    // A booking on the second day: it would have to stay, with the new client.
    await s.book(s.boss, bookingInput(first!.resourceId, times('15:00', '16:00', '2027-01-07')));
    const move = { bookingId: first!.id, scope: 'ALL', onConflict: 'SKIP', ...LATER } as const;
    const change = { ...move, clientId: s.cid.userId };
    expect(occurrencesIn(await updateBookingSeries(s.ctx(), change))).toEqual([
      ['ALREADY_EXISTS', '2027-01-07T13:00'],
    ]);
    expect(valueOf(await updateBookingSeries(s.ctx(), move)).skipped).toHaveLength(1);
  });
});

describe('a series in whose class the client is on some days', () => {
  it('is refused with each of the occurrences, skipping or not, when it is made, extended or moved', async () => {
    const s = setup();
    for (const date of ['2027-01-07', '2027-01-09'])
      await s.book(s.cid, s.additional(times('10:00', '11:00', date)));
    const second = ['ALREADY_EXISTS', '2027-01-07T13:00'];
    const fourth = ['ALREADY_EXISTS', '2027-01-09T13:00'];
    for (const onConflict of ['REFUSE', 'SKIP'] as const) {
      const recurrence = { ...DAILY, count: 5, onConflict };
      for (const input of [s.own({ recurrence }), s.additional({ recurrence })])
        expect(occurrencesIn(await s.create(s.cid, input))).toEqual([second, fourth]);
      const first = await s.create(s.cid, s.own({ ...LATER, recurrence }));
      const { series, bookings } = valueOf(first);
      const move = { bookingId: bookings[0]!.id, scope: 'ALL', onConflict } as const;
      const moved = await updateBookingSeries(s.ctx(), { ...move, ...times('10:00', '11:00') });
      expect(occurrencesIn(moved)).toEqual([second, fourth]);
      const [next] = await s.bookAll(s.cid, s.additional(times('15:00', '16:00', '2027-01-12')));
      const extension = { seriesId: series!.id, count: 3, onConflict };
      expect(occurrencesIn(await extendBookingSeries(s.ctx(), extension))).toEqual([
        ['ALREADY_EXISTS', '2027-01-12T18:00'],
      ]);
      for (const { id } of [...bookings, next!]) valueOf(await cancelBooking(s.ctx(), { id }));
    }
    expect(await s.create(s.cid, s.own(times('10:00', '11:00', '2027-01-07')))).toEqual({
      ok: false,
      tenantId: s.tenant.id,
      refusals: [{ code: 'ALREADY_EXISTS', key: 'booking.clientInSession', field: ['input', 'clientId'] }],
    });
  });

  it('names other reasons beside them', async () => {
    const s = setup();
    const [booking] = await s.bookAll(s.cid, s.additional({ ...LATER, recurrence: DAILY }));
    await s.book(s.cid, s.own(times('10:00', '11:00', '2027-01-07')));
    await s.book(s.bob, bookingInput(booking!.resourceId, times('10:00', '11:00', '2027-01-08')));
    for (const onConflict of ['REFUSE', 'SKIP'] as const) {
      const move = { bookingId: booking!.id, scope: 'ALL', onConflict } as const;
      const moved = await updateBookingSeries(s.ctx(), { ...move, ...times('10:00', '11:00') });
      expect(occurrencesIn(moved)).toEqual([
        ['CONFLICT', undefined],
        ['ALREADY_EXISTS', '2027-01-07T13:00'],
      ]);
    }
  });
});
