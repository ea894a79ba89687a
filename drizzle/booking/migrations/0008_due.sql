-- Deadlines, reminders and completions of bookings: docs/decisions/0031-deadlines.md.
CREATE TYPE "public"."due_kind" AS ENUM('APPROVAL', 'REMINDER', 'COMPLETION');--> statement-breakpoint
CREATE TABLE "due" (
	"id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"kind" "due_kind" NOT NULL,
	"subject_id" uuid NOT NULL,
	"hours" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"done_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"claim_id" uuid,
	"claimed_until" timestamp (3) with time zone,
	CONSTRAINT "due_id_tenant_id_pk" PRIMARY KEY("id","tenant_id"),
	CONSTRAINT "due_once" UNIQUE("subject_id","kind","hours","due_at","tenant_id"),
	CONSTRAINT "due_claimed_until" CHECK ((claim_id is null) = (claimed_until is null))
);
--> statement-breakpoint
CREATE TABLE "reminder_progress" (
	"tenant_id" uuid NOT NULL,
	"hours" smallint NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"searched_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "reminder_progress_tenant_id_hours_pk" PRIMARY KEY("tenant_id","hours")
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD COLUMN "confirmed_since" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "due_to_claim" ON "due" USING btree ("kind","due_at") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "due_by_time" ON "due" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "due_tenant" ON "due" USING btree ("tenant_id");--> statement-breakpoint
-- No statement can forget them: since when a booking is CONFIRMED at its start, which decides whether a reminder is still due, and that a
-- booking that was decided has no deadline.
CREATE FUNCTION bookings_deadlines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'PENDING' THEN
    NEW.decision_deadline := NULL;
  END IF;
  IF TG_OP = 'INSERT' OR NEW.status <> OLD.status OR NEW.start_time <> OLD.start_time THEN
    NEW.confirmed_since := CASE WHEN NEW.status = 'CONFIRMED' THEN NEW.updated_at END;
  END IF;
  RETURN NEW;
END
$$;--> statement-breakpoint
-- For existing bookings that is not known; that they were made by then must do.
UPDATE "bookings" SET
  "confirmed_since" = CASE WHEN "status" = 'CONFIRMED' THEN "created_at" END,
  "decision_deadline" = CASE WHEN "status" = 'PENDING' THEN "decision_deadline" END
WHERE ("status" = 'CONFIRMED' AND "start_time" > now()) OR ("status" <> 'PENDING' AND "decision_deadline" IS NOT NULL);--> statement-breakpoint
CREATE TRIGGER bookings_deadlines BEFORE INSERT OR UPDATE OF "status", "start_time" ON "bookings"
	FOR EACH ROW EXECUTE FUNCTION bookings_deadlines();--> statement-breakpoint
CREATE INDEX "bookings_undecided" ON "bookings" USING btree ("decision_deadline") WHERE decision_deadline is not null;
