-- The tables of events as they are from here on; copied into a migration of every subgraph's database. The first migration was edited
-- while databases made by it existed, so this one finds any of its versions: each statement leaves alone what is there already.

-- Earlier versions of the first migration: the inbox by group first, and indexes that no statement reads by.
do $$
begin
  if pg_get_constraintdef((select oid from pg_constraint where conrelid = 'inbox'::regclass and contype = 'p'))
     <> 'PRIMARY KEY (event_id, consumer_group)' then
    alter table inbox drop constraint inbox_pkey, add constraint inbox_pkey primary key (event_id, consumer_group);
  end if;
  if pg_get_indexdef('inbox_waiting'::regclass) like '%(consumer_group, arrival)%' then
    drop index inbox_waiting;
  end if;
end
$$;
drop index if exists inbox_key;
create index if not exists inbox_waiting on inbox (arrival) where dead_at is null;
create index if not exists inbox_dead on inbox (dead_at) where dead_at is not null;

-- A position alone does not tell of which history it is, once a database was put back to an earlier state
-- (docs/decisions/0022-positions-bear-their-event.md).
--   removed_event        the event at the position `removed`; null where that is 0, or was removed by an earlier release
--   resent_*             when, why and which rows were last sent again: after `resent_after`, up to `resent_until`
--   plain_cursors_until  cursors of subscribers that hold only a position, from before this migration, are good up to here
alter table outbox_relay
  add column if not exists removed_event uuid,
  add column if not exists resent_at timestamptz,
  add column if not exists resent_because text,
  add column if not exists resent_after bigint,
  add column if not exists resent_until bigint,
  add column if not exists plain_cursors_until bigint;
-- What an earlier release noted may be of a history that this database was put back from.
update outbox_relay set
  published = least(published, last.position),
  acknowledged = least(acknowledged, last.position),
  plain_cursors_until = coalesce(plain_cursors_until, last.position)
from (select greatest(removed, (select max(position) from outbox)) as position from outbox_relay) last;
alter table outbox_relay alter column plain_cursors_until set not null;
