/** Bugs that are planted for the check of seat histories to catch. */
import type { Db } from '@libs/db/connect';
import type postgres from 'postgres';

export type SeatBug = {
  alterSchema?: (sql: postgres.Sql) => Promise<unknown>;
  /** Changes what matching statements answer. */
  answers?: {
    of: RegExp;
    change: (result: Result, parameters: readonly unknown[], sql: postgres.Sql) => unknown;
  };
};
type Result = Record<string, unknown>[] & { count: number };
type Work = (sql: postgres.TransactionSql) => unknown;

const NO_LOCKS = `
  create function public.pg_advisory_xact_lock(bigint) returns void language sql as 'select';`;
/** Functions of ours come before the database's own. */
const OURS_FIRST = `
  do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$;`;
const NO_CONSTRAINTS =
  'alter table allocations drop constraint allocations_no_overlap, drop constraint allocations_one_session;';
const NO_ALLOCATION_NEEDED = `
  alter table bookings drop constraint bookings_allocated;
  alter table booking_resources drop constraint booking_resources_allocated;`;

const sqlBug = (text: string): SeatBug => ({ alterSchema: (sql) => sql.unsafe(text) });

export const SEAT_BUGS: Record<string, SeatBug> = {
  'no constraint and no lock': sqlBug(`${NO_CONSTRAINTS} ${NO_LOCKS} ${OURS_FIRST}`),
  'a party that gets one seat': sqlBug(`
    create function one_seat() returns trigger language plpgsql as
      $$begin if not upper_inf(new.seats) then new.seats := int4multirange(int4range(lower(new.seats), lower(new.seats) + 1)); end if; return new; end$$;
    create trigger one_seat before insert on allocations for each row execute function one_seat();`),
  'bookings that are counted instead of seats at the peak': sqlBug(`
    ${NO_CONSTRAINTS}
    create function add_first_seat(multi int4multirange, next int4multirange) returns int4multirange language sql immutable as
      $$select coalesce(multi, '{}') + int4multirange(int4range(lower(next), lower(next) + 1))$$;
    create aggregate public.range_agg(int4multirange) (sfunc = add_first_seat, stype = int4multirange);
    ${OURS_FIRST}`),
  'allocations that outlive their bookings': sqlBug(`
    create function keep_some() returns trigger language plpgsql as
      $$begin if random() < 0.1 then return null; end if; return old; end$$;
    create trigger keep_some before delete on allocations for each row execute function keep_some();`),
  'additional resources without an allocation': sqlBug(`
    ${NO_ALLOCATION_NEEDED}
    create function forget_one() returns trigger language plpgsql as
      $$begin
        if random() < 0.2 and exists (select from allocations where booking_id = new.booking_id) then return null; end if;
        return new;
      end$$;
    create trigger forget_one before insert on allocations for each row when (new.booking_id is not null) execute function forget_one();`),
  'holds that expire too early': sqlBug(`
    create function too_early() returns trigger language plpgsql as
      $$begin new.expires_at := new.expires_at - interval '30 seconds'; return new; end$$;
    create trigger too_early before insert on allocations for each row when (new.expires_at is not null) execute function too_early();`),
  'holds that expire a millisecond late': sqlBug(`
    create function too_late() returns trigger language plpgsql as
      $$begin new.expires_at := new.expires_at + interval '1 millisecond'; return new; end$$;
    create trigger too_late before insert on allocations for each row when (new.expires_at is not null) execute function too_late();`),
  // The constraint still gives no seat twice, but refuses those who find one free.
  'expired holds that are removed without the lock': sqlBug(`
    create function public.pg_advisory_xact_lock(key bigint) returns void language plpgsql as
      $$begin
        if exists (select from allocations where expires_at <= (select max(occurred_at) from outbox)) then return; end if;
        perform pg_catalog.pg_advisory_xact_lock(key);
      end$$;
    ${OURS_FIRST}`),
  'a confirmation without the row count': {
    alterSchema: (sql) => sql.unsafe(NO_ALLOCATION_NEEDED),
    answers: {
      of: /update allocations set booking_id = /,
      async change(result, [, holdId], sql) {
        const [hold] =
          await sql`select jsonb_array_length(resources) as count from holds where id = ${holdId as string}`;
        return Object.assign(result, { count: hold!['count'] });
      },
    },
  },
  'an occurrence that a split leaves behind': sqlBug(`
    create function leave_behind() returns trigger language plpgsql as
      $$begin if random() < 0.2 then new.series_id := old.series_id; end if; return new; end$$;
    create trigger leave_behind before update on bookings for each row when (new.series_id <> old.series_id) execute function leave_behind();`),
  'an extension that brings cancelled occurrences back': {
    answers: {
      of: /and series_id = .* order by start_time, id/s,
      change: (rows) => rows.filter(({ status }) => status !== 'CANCELLED'),
    },
  },
  'exceptions that are forgotten': {
    answers: {
      of: /and series_id = .* order by start_time, id/s,
      change: (rows) => rows.map((row) => ({ ...row, isException: false })),
    },
  },
};

/** The database as the bug has it. */
export function withBug(db: Db, { answers }: SeatBug): Db {
  if (!answers) return db;
  const changed = <Sql extends postgres.Sql | postgres.TransactionSql>(sql: Sql): Sql =>
    new Proxy(sql, {
      apply(target, self, args: [{ raw?: string[] }, ...unknown[]]) {
        const result = Reflect.apply(target as never, self, args) as Promise<Result>;
        const [text, ...parameters] = args;
        if (!answers.of.test(text.raw?.join(' ') ?? '')) return result;
        return result.then((rows) => answers.change(rows, parameters, db.sql));
      },
      get(target, name) {
        const own = Reflect.get(target, name) as unknown;
        if (name !== 'begin' && name !== 'savepoint') return own;
        const begin = own as (work: Work) => Promise<unknown>;
        return (work: Work) => begin.call(target, (inner) => work(changed(inner)));
      },
    });
  return { ...db, sql: changed(db.sql) };
}
