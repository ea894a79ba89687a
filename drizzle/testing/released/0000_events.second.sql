-- What every subgraph's database holds for events: copied into its first migration.
-- Facts that this database announces (outbox), and facts of others that it has yet to react to (inbox).

-- A row is written in the transaction of the change it tells of. `arrival` is the order of writing; `position` is given by
-- the relay once the row can be seen, and is what readers and cursors go by (docs/decisions/0002-the-relay-numbers-the-outbox.md).
create table outbox (
  id uuid primary key,
  arrival bigint generated always as identity,
  position bigint,
  stream text not null,
  event_type text not null,
  tenant_id uuid not null,
  payload jsonb not null,
  occurred_at timestamptz(3) not null,
  trace_id text not null,
  version integer not null,
  constraint outbox_position_unique unique (position)
) with (autovacuum_vacuum_scale_factor = 0.02);

create sequence outbox_position owned by outbox.position;
-- The relay's look for rows to number; empty but for the last milliseconds.
create index outbox_without_position on outbox (arrival) where position is null;
-- One tenant's changes since a cursor.
create index outbox_tenant_position on outbox (tenant_id, position);

-- The relay's own notes, one row. Positions up to `published` were sent to Redis, up to `acknowledged` are safe with every
-- consumer group, up to `removed` are no longer kept. `outbox_id` tells this outbox from one that was restored or made anew.
create table outbox_relay (
  is_only_row boolean primary key default true check (is_only_row),
  outbox_id uuid not null default gen_random_uuid(),
  published bigint not null default 0,
  acknowledged bigint not null default 0,
  removed bigint not null default 0
);
insert into outbox_relay default values;

-- Facts taken from the streams and not yet consumed, in stream order by `arrival`. A row goes away in the transaction of its
-- effect; one that failed too often stays with `dead_at` set until an operator sends it again.
create table inbox (
  consumer_group text not null,
  event_id uuid not null,
  arrival bigint generated always as identity,
  stream text not null,
  key uuid not null,
  event_type text not null,
  payload jsonb not null,
  metadata jsonb not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  error text,
  dead_at timestamptz,
  is_shown_dead boolean not null default false,
  primary key (event_id, consumer_group)
) with (autovacuum_vacuum_scale_factor = 0.02);

create index inbox_waiting on inbox (arrival) where dead_at is null;

-- Facts whose effect is committed: a repeat of one is dropped.
create table consumed_events (
  consumer_group text not null,
  event_id uuid not null,
  consumed_at timestamptz not null default now(),
  primary key (consumer_group, event_id)
);
create index consumed_events_consumed_at on consumed_events (consumed_at);
