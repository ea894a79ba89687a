import type postgres from 'postgres';

type Sql = postgres.Sql | postgres.TransactionSql;

/**
 * For tests that write bookings past the application: `insertion` into bookings, with an allocation of the whole resource for each that
 * occupies it. Returns the ids.
 */
export const withAllocations = (sql: Sql, insertion: postgres.PendingQuery<postgres.Row[]>) => sql<
  { id: string }[]
>`
  with booking as (${insertion} returning *), allocation as (
    insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
    select tenant_id, resource_id, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}' from booking where occupies
  )
  select id from booking`;

/**
 * What is wrong with the allocations of bookings, one line each: every booking that occupies has exactly one for each of its resources, of
 * its time with its buffers and of as many seats as it has (or of the whole resource); all others have none. Additional resources stand in
 * both places alike, and no seat is given twice.
 */
export async function allocationProblems(sql: Sql): Promise<string[]> {
  const rows = await sql<{ problem: string }[]>`
    with expected as (
      select id as booking_id, tenant_id, resource_id, start_time, end_time, seats, buffer_before, buffer_after
      from bookings where occupies
      union all
      select id, tenant_id, (one ->> 'resourceId')::uuid, start_time, end_time, (one ->> 'seats')::int,
             (one ->> 'bufferBefore')::int, (one ->> 'bufferAfter')::int
      from bookings, jsonb_array_elements(coalesce(additional_resources, '[]')) as one where occupies
    ), found as (
      select *, upper_inf(seats) as is_whole, (select sum(upper(part) - lower(part)) from unnest(seats) as part) as seat_count
      from allocations where booking_id is not null
    ), additional as (
      select id as booking_id, tenant_id, (one ->> 'resourceId')::uuid as resource_id, start_time, end_time, occupies
      from bookings, jsonb_array_elements(coalesce(additional_resources, '[]')) as one
    )
    select format('booking %s on %s: %s', booking_id, resource_id, case
      when expected.seats is null then 'has an allocation, but does not occupy'
      when found.seats is null then 'has no allocation'
      else 'has another allocation than it should: ' || found.seats || ' ' || found.occupied end) as problem
    from expected full join found using (booking_id, tenant_id, resource_id)
    where expected.seats is null or found.seats is null
       or (found.start_time, found.end_time) <> (expected.start_time, expected.end_time)
       or occupied <> tstzrange(expected.start_time - buffer_before * interval '1 minute', expected.end_time + buffer_after * interval '1 minute')
       or (not is_whole and seat_count <> expected.seats)
    union all
    select format('booking %s: additional resource %s is not in both places', booking_id, resource_id)
    from (select booking_id, tenant_id, resource_id, start_time, end_time, occupies from booking_resources) as kept
    full join additional using (booking_id, tenant_id, resource_id, start_time, end_time, occupies)
    where kept.* is null or additional.* is null
    union all
    select format('seats of %s are given twice at %s', a.resource_id, a.occupied)
    from allocations a join allocations b using (tenant_id, resource_id)
    where (a.booking_id, a.hold_id) is distinct from (b.booking_id, b.hold_id) and a.occupied && b.occupied and a.seats && b.seats`;
  return rows.map(({ problem }) => problem);
}
