-- Distributes the tables of tenants over the servers of a Citus cluster, by tenant. Not tried on a real Citus: docs/scaling.md.
--
--     psql "$BOOKING_DATABASE_URL" -v ON_ERROR_STOP=1 -f drizzle/booking/citus.sql
--
-- In one transaction, and first of all it looks for what Citus is known to refuse. The queues of events stay on the coordinator.
begin;

create temporary table distributed (name text primary key) on commit drop;
insert into distributed values
  ('booking_series'), ('holds'), ('bookings'), ('allocations'), ('booking_resources'), ('closures'), ('resource_versions'),
  ('idempotency_keys'), ('due'), ('reminder_progress'), ('tombstones');

do $$
declare
  problems text;
begin
  select string_agg(what, '; ' order by what) into problems from (
    -- It guarantees nothing across servers, so each key must contain what decides the server.
    select format('the key %s does not contain the tenant', indexrelid::regclass) as what
    from pg_index join pg_class t on t.oid = indrelid join distributed on name = relname
    where (indisunique or indisexclusion)
      and not exists (select from pg_attribute where attrelid = t.oid and attname = 'tenant_id' and attnum = any(indkey))
    union all
    -- It takes a change of the key for one of the server.
    select format('the foreign key %s changes rows when its target is updated', conname)
    from pg_constraint join pg_class t on t.oid = conrelid join distributed on name = relname
    where contype = 'f' and confupdtype <> 'a'
    union all
    select format('the foreign key %s does not contain the tenant', conname)
    from pg_constraint join pg_class t on t.oid = conrelid join distributed on name = relname
    where contype = 'f' and not exists (
      select from pg_attribute where attrelid = conrelid and attname = 'tenant_id' and attnum = any(conkey))
    union all
    select format('the trigger %s would be on no shard', tgname)
    from pg_trigger join pg_class t on t.oid = tgrelid join distributed on name = relname
    where not tgisinternal
    union all
    select format('the table %s has a tenant, and is not distributed', relname)
    from pg_attribute join pg_class t on t.oid = attrelid and relkind in ('r', 'p') and not relispartition
    where attname = 'tenant_id' and relnamespace = 'public'::regnamespace and relname not in (select name from distributed)
      and relname <> 'outbox'
  ) as found;
  if problems is not null then
    raise exception 'nothing was distributed: %', problems;
  end if;
  if not exists (select from pg_extension where extname = 'citus') then
    raise exception 'nothing was distributed: this database has no extension citus';
  end if;
end
$$;

-- Of two tables that refer to each other, one must be distributed first.
alter table bookings drop constraint bookings_allocated;
select create_distributed_table('booking_series', 'tenant_id');
select create_distributed_table('holds', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('bookings', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('allocations', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('booking_resources', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('closures', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('resource_versions', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('idempotency_keys', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('due', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('reminder_progress', 'tenant_id', colocate_with => 'booking_series');
select create_distributed_table('tombstones', 'tenant_id', colocate_with => 'booking_series');
alter table bookings add constraint bookings_allocated
  foreign key (allocated_by, resource_id, start_time, end_time, tenant_id)
  references allocations (booking_id, resource_id, start_time, end_time, tenant_id) deferrable initially deferred;

commit;
