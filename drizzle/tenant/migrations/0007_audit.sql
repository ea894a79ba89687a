CREATE TYPE "public"."audit_actor_kind" AS ENUM('USER', 'API_KEY', 'GUEST', 'PLATFORM', 'SYSTEM');--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"action" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"subject_version" bigint NOT NULL,
	"actor_kind" "audit_actor_kind" NOT NULL,
	"actor_id" uuid,
	"changes" jsonb NOT NULL,
	"trace_id" text NOT NULL,
	"kept_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_entries_by_time" ON "audit_entries" USING btree ("tenant_id","occurred_at","id");--> statement-breakpoint
CREATE INDEX "audit_entries_by_action" ON "audit_entries" USING btree ("tenant_id","action","occurred_at","id");--> statement-breakpoint
CREATE INDEX "audit_entries_by_actor" ON "audit_entries" USING btree ("tenant_id","actor_id","action","occurred_at","id") WHERE actor_id is not null;--> statement-breakpoint
CREATE INDEX "audit_entries_by_subject" ON "audit_entries" USING btree ("subject_id","subject_version","occurred_at","id");--> statement-breakpoint
CREATE INDEX "audit_entries_kept_until" ON "audit_entries" USING btree ("kept_until");--> statement-breakpoint
-- Append-only: whoever has the application's connection can neither change an entry nor delete it early. An owner of the table could drop
-- these triggers (docs/decisions/0038-the-audit-trail.md).
CREATE FUNCTION audit_entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op = 'DELETE' then
    if old.kept_until <= now() then
      return old;
    end if;
  end if;
  raise exception 'audit entries are never changed, and not deleted before kept_until' using errcode = 'restrict_violation';
end
$$;--> statement-breakpoint
CREATE TRIGGER audit_entries_are_kept BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION audit_entries_are_kept();--> statement-breakpoint
CREATE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_kept();
