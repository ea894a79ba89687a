-- Who caused the event: {"kind": "user", "id": "…"}. Null in rows of earlier releases. Copied into a migration of every subgraph's database.
alter table outbox add column if not exists actor jsonb;
