/** A tenant whose seats, classes, holds and series many clients use at once, with what they asked for and what they were answered. */
import { seededRandom } from '@libs/testing/seededRandom';
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantUser } from '@libs/auth/caller';
import type { Db } from '@libs/db/connect';
import { isLockTimeout } from '@libs/db/constraints';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Outcome, Refusal } from '@libs/outcome/outcome';
import type { Span } from '@libs/time/spans';
import type { Temporal } from 'temporal-polyfill';
import { exampleDirectory, exampleTenant } from '../booking.fixtures.ts';
import type { Context } from '../context.ts';

/** Between two operations, by the virtual clock. */
const STEP_MS = 400;
const HOLD_MINUTES = 1;
const BUFFER_MINUTES = 15;
const PEOPLE = 6;
const MAX_CAPACITY = 6;
const MINUTE_MS = 60_000;

export type Wanted = { resourceId: string; seats: number };
/** What one booking or hold asks for. */
export type Requested = Span & { wanted: readonly Wanted[] };

export type SeatOperation = {
  kind: OperationKind;
  traceId: string;
  nowMs: number;
  /** By the history's own count, before it was asked and after it was answered. */
  began: number;
  ended: number;
  answer: 'done' | 'refused' | 'failed';
  failure: string | null;
  refusals: readonly Refusal[];
  bookings: readonly BookingRow[];
  series: SeriesRow | null;
  holdId: string | null;
  requested: Requested | null;
  edit: SeriesEdit | null;
};
export type SeriesEdit = { namedId: string; includesExceptions: boolean; isSkipping: boolean };

export type OperationKind =
  | 'book'
  | 'bookSeries'
  | 'change'
  | 'cancel'
  | 'hold'
  | 'confirm'
  | 'release'
  | 'changeSeries'
  | 'extendSeries'
  | 'cancelSeries';

export type Result = Partial<Pick<SeatOperation, 'bookings' | 'series' | 'holdId'>>;
type OperationRequest = {
  kind: OperationKind;
  who: TenantUser;
  /** By default the virtual clock's. */
  at?: Temporal.Instant;
  holdId?: string;
  requested?: Requested;
  edit?: SeriesEdit;
};

export type SeatHistory = ReturnType<typeof seatHistory>;

export function seatHistory(db: Db, seed: number) {
  const chance = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)]!;
  const directory = exampleDirectory();
  const tenant = exampleTenant(db, directory, { autoConfirm: true });
  tenant.profile.settings.holdMinutes = HOLD_MINUTES;
  const rules = {
    ...directory.resourceById.get(tenant.resource())!.rules,
    bufferAfterMinutes: BUFFER_MINUTES,
  };
  const whole = [tenant.resource(), tenant.resource({ rules })];
  const shared = [
    tenant.resource({ bookingMode: 'SHARED', capacity: 4 }),
    tenant.resource({ bookingMode: 'SHARED', capacity: 3, rules }),
    tenant.resource({ bookingMode: 'SESSION', capacity: 5, rules }),
  ];
  const resourceOf = (id: string) => directory.resourceById.get(id)!;
  const operations: SeatOperation[] = [];
  let begun = 0;
  let count = 0;
  const capacities = shared.map((id) => ({ resourceId: id, capacity: resourceOf(id).capacity, from: 0 }));

  return {
    db,
    tenant,
    chance,
    pick,
    /** Those that are booked as a whole, then those with seats. */
    resources: [...whole, ...shared],
    isWhole: (id: string) => whole.includes(id),
    isSession: (id: string) => resourceOf(id).bookingMode === 'SESSION',
    bufferMs: (id: string) => (resourceOf(id).rules.bufferAfterMinutes ?? 0) * MINUTE_MS,
    staff: tenant.administrator(),
    people: Array.from({ length: PEOPLE }, () => tenant.user()),
    operations,
    /** As they were last answered. */
    bookings: new Map<string, BookingRow>(),
    series: new Map<string, SeriesRow>(),
    holds: [] as (Requested & { id: string; expiresAt: Temporal.Instant })[],
    sweeps: 0,
    /** How many operations were begun. */
    begun: () => begun,
    now: () => tenant.now.add({ milliseconds: begun * STEP_MS }),

    changeCapacity(): void {
      const resource = resourceOf(pick(shared));
      const capacity = 1 + Math.floor(chance() * MAX_CAPACITY);
      directory.resourceById.set(resource.id, { ...resource, capacity });
      capacities.push({ resourceId: resource.id, capacity, from: (count += 1) });
    },
    /** The most seats that a resource had from one count to another; 1 for one that is booked as a whole. */
    maxSeats(resourceId: string, { began, ended }: Pick<SeatOperation, 'began' | 'ended'>): number {
      const own = capacities.filter((one) => one.resourceId === resourceId);
      const inForce = own.filter(
        ({ from }, index) => from <= ended && (own[index + 1]?.from ?? Infinity) > began,
      );
      return Math.max(1, ...inForce.map(({ capacity }) => capacity));
    },

    async run<T>(
      { kind, who, at, holdId = '', requested, edit }: OperationRequest,
      act: (ctx: Context) => Promise<Outcome<T>>,
      resultOf: (value: T) => Result,
    ): Promise<T | undefined> {
      begun += 1;
      const ctx = tenant.as(who, { now: at ?? this.now() });
      const operation: SeatOperation = {
        kind,
        traceId: ctx.traceId,
        nowMs: ctx.now.epochMilliseconds,
        began: (count += 1),
        ended: Infinity,
        answer: 'failed',
        failure: null,
        refusals: [],
        bookings: [],
        series: null,
        holdId: holdId || null,
        requested: requested ?? null,
        edit: edit ?? null,
      };
      operations.push(operation);
      try {
        const outcome = await act(ctx);
        operation.answer = outcome.ok ? 'done' : 'refused';
        if (!outcome.ok) operation.refusals = outcome.refusals;
        else Object.assign(operation, resultOf(outcome.value));
        for (const row of operation.bookings) this.bookings.set(row.id, row);
        if (operation.series) this.series.set(operation.series.id, operation.series);
        return outcome.ok ? outcome.value : undefined;
      } catch (error) {
        // A busy machine may refuse those who wait too long.
        const isBusy = error instanceof ApiError && error.code === 'SERVICE_UNAVAILABLE';
        if (isBusy || isLockTimeout(error)) operation.answer = 'refused';
        else operation.failure = String(error);
        return undefined;
      } finally {
        operation.ended = count += 1;
      }
    },
  };
}
