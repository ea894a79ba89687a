/** SQL that finds what is due of bookings, by index, and the tenants to ask for their rules. */
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import { MAX_COMPLETION_DELAY_HOURS } from './rules.ts';

/** Rows per statement. */
export const APPROVALS_PER_SEARCH = 1_000;
/** Bookings of each tenant, and of each of its reminderHours, in one search, so that one with many does not hold up the others. */
const BOOKINGS_PER_TENANT = 200;
/**
 * Reminders that were due before the last search are looked for once more: a booking may be committed that long after its instant, and
 * the clocks of two processes differ.
 */
const OVERLAP_MINUTES = 5;
/** How often the progress of a search is recorded. */
const PROGRESS_EVERY_MINUTES = 1;

/** Skips from tenant to tenant through the index. */
export async function tenantsWithBookingsOfAllTenants(db: Queryable): Promise<string[]> {
  const rows = await db.sql<{ id: string }[]>`
    with recursive tenants (id) as (
      (select tenant_id from bookings order by tenant_id limit 1)
      union all
      select (select tenant_id from bookings where tenant_id > tenants.id order by tenant_id limit 1)
      from tenants where tenants.id is not null
    )
    select id from tenants where id is not null`;
  return rows.map(({ id }) => id);
}

/** Returns how many were added. */
export async function addApprovalsOfAllTenants(tx: Tx, now: Temporal.Instant): Promise<number> {
  const at = tx.sql`${formatInstant(now)}::timestamptz`;
  const added = await tx.sql`
    insert into due (id, tenant_id, kind, subject_id, due_at, created_at)
    select gen_random_uuid(), tenant_id, 'APPROVAL', id, decision_deadline, ${at}
    from bookings booking
    where decision_deadline <= ${at} and not exists (
      select from due where subject_id = booking.id and tenant_id = booking.tenant_id
        and kind = 'APPROVAL' and hours = 0 and due_at = booking.decision_deadline
    )
    order by decision_deadline
    limit ${APPROVALS_PER_SEARCH}
    on conflict do nothing`;
  return added.count;
}

/** CONFIRMED bookings of these tenants that have ended, at most MAX_COMPLETION_DELAY_HOURS ago. Returns how many were added. */
export async function addCompletionsOfAllTenants(
  tx: Tx,
  tenantIds: readonly string[],
  now: Temporal.Instant,
): Promise<number> {
  const { sql } = tx;
  const at = sql`${formatInstant(now)}::timestamptz`;
  const from = sql`${formatInstant(now.subtract({ hours: MAX_COMPLETION_DELAY_HOURS }))}::timestamptz`;
  const ended = sql`
    select id, end_time from bookings booking
    where tenant_id = tenant.id and status = 'CONFIRMED' and end_time between ${from} and ${at} and not exists (
      select from due where subject_id = booking.id and tenant_id = booking.tenant_id
        and kind = 'COMPLETION' and hours = 0 and due_at = booking.end_time
    )`;
  // As in `earliestStart`: the second part is for the few that last longer than any day, by the index bookings_long.
  const added = await sql`
    insert into due (id, tenant_id, kind, subject_id, due_at, created_at)
    select gen_random_uuid(), tenant.id, 'COMPLETION', ended.id, ended.end_time, ${at}
    from unnest(${[...tenantIds]}::uuid[]) as tenant (id)
    cross join lateral (
      (${ended} and start_time > ${from} - interval '26 hours' and start_time < ${at}
       limit ${BOOKINGS_PER_TENANT})
      union all
      (${ended} and end_time - start_time > interval '26 hours'
         and start_time > ${from} - interval '747 hours' and start_time <= ${from} - interval '26 hours'
       limit ${BOOKINGS_PER_TENANT})
    ) ended
    on conflict do nothing`;
  return added.count;
}

export type WantedReminder = { tenantId: string; hours: number };

/**
 * Starts to search for reminders that tenants want since `since`, and forgets those that they no longer want. Call it under the lock of
 * searches.
 */
export async function updateReminderProgressOfAllTenants(
  tx: Tx,
  wanted: readonly WantedReminder[],
  since: Temporal.Instant,
): Promise<void> {
  const { sql } = tx;
  const rows = sql`
    select tenant_id, hours from unnest(
      ${wanted.map(({ tenantId }) => tenantId)}::uuid[], ${wanted.map(({ hours }) => hours)}::smallint[]
    ) as wanted (tenant_id, hours)`;
  await sql`delete from reminder_progress where (tenant_id, hours) not in (${rows})`;
  const at = sql`${formatInstant(since)}::timestamptz`;
  await sql`
    insert into reminder_progress (tenant_id, hours, since, searched_until)
    select tenant_id, hours, ${at}, ${at} from (${rows}) wanted
    on conflict do nothing`;
}

/**
 * CONFIRMED bookings for which the instant of a reminder has come since the last search. One that was made, confirmed or moved after that
 * instant gets none, nor one that has started. Returns how many were added.
 */
export async function addRemindersOfAllTenants(tx: Tx, now: Temporal.Instant): Promise<number> {
  const { sql } = tx;
  const at = sql`${formatInstant(now)}::timestamptz`;
  const [row] = await sql<{ added: number }[]>`
    with found as (
      select progress.tenant_id, progress.hours, booking.id, booking.remind_at
      from reminder_progress progress
      cross join lateral (
        select make_interval(hours => progress.hours) as notice,
               greatest(progress.since, progress.searched_until - make_interval(mins => ${OVERLAP_MINUTES})) as searched
      ) as bounds
      cross join lateral (
        select id, start_time - notice as remind_at from bookings
        where tenant_id = progress.tenant_id and status = 'CONFIRMED'
          and start_time > ${at} and start_time > searched + notice and start_time <= ${at} + notice
          and confirmed_since <= start_time - notice
          and not exists (
            select from due where subject_id = bookings.id and tenant_id = bookings.tenant_id
              and kind = 'REMINDER' and hours = progress.hours and due_at = bookings.start_time - notice
          )
        order by start_time
        limit ${BOOKINGS_PER_TENANT}
      ) booking
    ), added as (
      insert into due (id, tenant_id, kind, subject_id, hours, due_at, created_at)
      select gen_random_uuid(), tenant_id, 'REMINDER', id, hours, remind_at, ${at} from found
      on conflict do nothing
      returning id
    ), incomplete as (
      select tenant_id, hours from found group by 1, 2 having count(*) = ${BOOKINGS_PER_TENANT}
    ), noted as (
      update reminder_progress set searched_until = ${at}
      where searched_until < ${at} - make_interval(mins => ${PROGRESS_EVERY_MINUTES})
        and (tenant_id, hours) not in (select tenant_id, hours from incomplete)
    )
    select count(*)::int as added from added`;
  return row!.added;
}
