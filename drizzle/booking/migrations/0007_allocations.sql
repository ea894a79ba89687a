-- Bookings no longer exclude each other themselves: their allocations do, which know seats, buffers and holds, and of which a booking of
-- several resources has several. Every key contains the tenant, so that tables can be partitioned by it
-- (docs/decisions/0029-allocations.md). One transaction; bookings is rewritten once and locked meanwhile.
CREATE TYPE "public"."booking_source" AS ENUM('USER', 'STAFF', 'API_KEY', 'GUEST', 'WAITLIST', 'PLATFORM');--> statement-breakpoint
CREATE TYPE "public"."hold_purpose" AS ENUM('CHECKOUT', 'WAITLIST_OFFER');--> statement-breakpoint
CREATE TYPE "public"."tombstone_kind" AS ENUM('TENANT', 'RESOURCE', 'USER');--> statement-breakpoint

-- Tombstones, until now "gone". Without a booking, nobody can tell the tenant of one, and no request of long ago is under way.
CREATE TABLE "tombstones" (
	"kind" "tombstone_kind" NOT NULL,
	"id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"deleted_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tombstones_kind_id_tenant_id_pk" PRIMARY KEY("kind","id","tenant_id")
);--> statement-breakpoint
INSERT INTO "tombstones" ("kind", "id", "tenant_id", "deleted_at")
SELECT "kind"::text::"tombstone_kind", "id", "tenant_id", "gone_at"
FROM (
  SELECT "gone".*, CASE "kind"
    WHEN 'TENANT' THEN "id"
    WHEN 'RESOURCE' THEN (SELECT "tenant_id" FROM "bookings" WHERE "resource_id" = "gone"."id" LIMIT 1)
    ELSE coalesce(
      (SELECT "tenant_id" FROM "bookings" WHERE "user_id" = "gone"."id" LIMIT 1),
      (SELECT "tenant_id" FROM "bookings" WHERE "client_id" = "gone"."id" LIMIT 1)
    ) END AS "tenant_id"
  FROM "gone"
) AS "known" WHERE "tenant_id" IS NOT NULL;--> statement-breakpoint
DROP TABLE "gone";--> statement-breakpoint
DROP TYPE "public"."gone_kind";--> statement-breakpoint
CREATE INDEX "tombstones_deleted_at" ON "tombstones" USING btree ("deleted_at");--> statement-breakpoint

-- Series
ALTER TABLE "bookings" DROP CONSTRAINT "bookings_series_id_booking_series_id_fk";--> statement-breakpoint
ALTER TABLE "booking_series" DROP CONSTRAINT "booking_series_pkey",
	ADD CONSTRAINT "booking_series_id_tenant_id_pk" PRIMARY KEY("id","tenant_id"),
	ADD COLUMN "count" integer,
	ADD COLUMN "except_dates" text[],
	ADD COLUMN "previous_id" uuid;--> statement-breakpoint
CREATE INDEX "booking_series_previous" ON "booking_series" USING btree ("previous_id") WHERE previous_id is not null;--> statement-breakpoint

-- Bookings: one statement, so one rewrite.
ALTER TABLE "bookings"
	DROP CONSTRAINT "bookings_no_overlap",
	DROP CONSTRAINT "bookings_time",
	DROP CONSTRAINT "bookings_pkey",
	DROP COLUMN "held",
	DROP COLUMN "unit",
	ADD COLUMN "additional_resources" jsonb,
	ADD COLUMN "seats" integer DEFAULT 1 NOT NULL,
	ADD COLUMN "is_session" boolean DEFAULT false NOT NULL,
	ADD COLUMN "buffer_before" smallint DEFAULT 0 NOT NULL,
	ADD COLUMN "buffer_after" smallint DEFAULT 0 NOT NULL,
	ADD COLUMN "metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	ADD COLUMN "source" "booking_source" DEFAULT 'USER' NOT NULL,
	ADD COLUMN "override" jsonb,
	ADD COLUMN "original_start" timestamp (3) with time zone,
	ADD COLUMN "is_exception" boolean DEFAULT false NOT NULL,
	ADD COLUMN "hold_id" uuid,
	ADD COLUMN "decision_deadline" timestamp (3) with time zone,
	ADD COLUMN "decision_reason" text,
	ADD COLUMN "occupies" boolean GENERATED ALWAYS AS (status in ('PENDING', 'CONFIRMED', 'COMPLETED')) STORED NOT NULL,
	ADD COLUMN "allocated_by" uuid GENERATED ALWAYS AS (case when status in ('PENDING', 'CONFIRMED', 'COMPLETED') then id end) STORED,
	ADD CONSTRAINT "bookings_id_tenant_id_pk" PRIMARY KEY("id","tenant_id"),
	ADD CONSTRAINT "bookings_state" UNIQUE("id","occupies","start_time","end_time","tenant_id"),
	ADD CONSTRAINT "bookings_seats" CHECK (seats >= 1),
	ADD CONSTRAINT "bookings_time" CHECK (start_time < end_time and end_time - start_time <= interval '746 hours');--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_series" FOREIGN KEY ("series_id","tenant_id") REFERENCES "public"."booking_series"("id","tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- What is not known is left out: whether an occurrence was moved, and where its rule had put it.
UPDATE "bookings" SET "original_start" = "start_time" WHERE "series_id" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "bookings_one_per_session" ON "bookings" USING btree ("resource_id","start_time","client_id","tenant_id") WHERE occupies and is_session;--> statement-breakpoint
CREATE INDEX "bookings_long" ON "bookings" USING btree ("tenant_id","start_time") WHERE end_time - start_time > interval '26 hours';--> statement-breakpoint
CREATE TABLE "booking_resources" (
	"booking_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"start_time" timestamp (3) with time zone NOT NULL,
	"end_time" timestamp (3) with time zone NOT NULL,
	"occupies" boolean NOT NULL,
	"allocated_by" uuid GENERATED ALWAYS AS (case when occupies then booking_id end) STORED,
	CONSTRAINT "booking_resources_booking_id_resource_id_tenant_id_pk" PRIMARY KEY("booking_id","resource_id","tenant_id"),
	CONSTRAINT "booking_resources_follow" FOREIGN KEY ("booking_id","occupies","start_time","end_time","tenant_id") REFERENCES "public"."bookings"("id","occupies","start_time","end_time","tenant_id") ON DELETE cascade ON UPDATE cascade
);--> statement-breakpoint
CREATE INDEX "booking_resources_by_resource" ON "booking_resources" USING btree ("resource_id","start_time","booking_id");--> statement-breakpoint

CREATE TABLE "holds" (
	"id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"created_by" uuid,
	"start_time" timestamp (3) with time zone NOT NULL,
	"end_time" timestamp (3) with time zone NOT NULL,
	"seats" integer NOT NULL,
	"resources" jsonb NOT NULL,
	"purpose" "hold_purpose" NOT NULL,
	"source" "booking_source" NOT NULL,
	"override" jsonb,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"booking_id" uuid,
	"ended_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "holds_id_tenant_id_pk" PRIMARY KEY("id","tenant_id")
);--> statement-breakpoint
CREATE INDEX "holds_of_user" ON "holds" USING btree ("user_id","expires_at") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "holds_by_expiry" ON "holds" USING btree ("expires_at") WHERE ended_at is null;--> statement-breakpoint

-- What keeps others out. No seat is given twice: allocations_no_overlap. In a class, everyone has the same time: allocations_one_session
-- (every index entry has the tenant for partitions, last, because the resource already names it).
CREATE TABLE "allocations" (
	"tenant_id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"booking_id" uuid,
	"hold_id" uuid,
	"start_time" timestamp (3) with time zone NOT NULL,
	"end_time" timestamp (3) with time zone NOT NULL,
	"occupied" "tstzrange" NOT NULL,
	"seats" "int4multirange" NOT NULL,
	"session" text,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "allocations_owner" CHECK (num_nonnulls(booking_id, hold_id) = 1),
	CONSTRAINT "allocations_expiry" CHECK ((hold_id is null) = (expires_at is null)),
	CONSTRAINT "allocations_cover" CHECK (occupied @> tstzrange(start_time, end_time, '[)') and not isempty(seats) and lower(seats) >= 1)
);--> statement-breakpoint
INSERT INTO "allocations" ("tenant_id", "resource_id", "booking_id", "start_time", "end_time", "occupied", "seats")
SELECT "tenant_id", "resource_id", "id", "start_time", "end_time", tstzrange("start_time", "end_time", '[)'), '{[1,)}'
FROM "bookings" WHERE "occupies";--> statement-breakpoint
ALTER TABLE "allocations"
	ADD CONSTRAINT "allocations_of_booking" UNIQUE("booking_id","resource_id","start_time","end_time","tenant_id"),
	ADD CONSTRAINT "allocations_no_overlap" EXCLUDE USING gist ("resource_id" WITH =, "occupied" WITH &&, "seats" WITH &&, "tenant_id" WITH =),
	ADD CONSTRAINT "allocations_one_session" EXCLUDE USING gist ("resource_id" WITH =, "occupied" WITH &&, "session" WITH <>, "tenant_id" WITH =) WHERE (session is not null),
	ADD CONSTRAINT "allocations_booking" FOREIGN KEY ("booking_id","tenant_id") REFERENCES "public"."bookings"("id","tenant_id") ON DELETE cascade ON UPDATE no action,
	ADD CONSTRAINT "allocations_hold" FOREIGN KEY ("hold_id","tenant_id") REFERENCES "public"."holds"("id","tenant_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "allocations_of_hold" ON "allocations" USING btree ("hold_id") WHERE hold_id is not null;--> statement-breakpoint
CREATE INDEX "allocations_expired" ON "allocations" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
-- No statement can forget the allocation: a commit fails that leaves an occupying booking without one of exactly its resource and time.
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_allocated" FOREIGN KEY ("allocated_by","resource_id","start_time","end_time","tenant_id") REFERENCES "public"."allocations"("booking_id","resource_id","start_time","end_time","tenant_id") DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
ALTER TABLE "booking_resources" ADD CONSTRAINT "booking_resources_allocated" FOREIGN KEY ("allocated_by","resource_id","start_time","end_time","tenant_id") REFERENCES "public"."allocations"("booking_id","resource_id","start_time","end_time","tenant_id") DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint

CREATE TABLE "closures" (
	"id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"from_date" date NOT NULL,
	"to_date" date NOT NULL,
	"start_time" time,
	"end_time" time,
	"resource_ids" uuid[],
	"category_ids" uuid[],
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "closures_id_tenant_id_pk" PRIMARY KEY("id","tenant_id"),
	CONSTRAINT "closures_dates" CHECK (from_date <= to_date)
);--> statement-breakpoint
CREATE INDEX "closures_by_date" ON "closures" USING btree ("tenant_id","from_date","id");--> statement-breakpoint
CREATE INDEX "closures_by_end" ON "closures" USING btree ("tenant_id","to_date");--> statement-breakpoint
ALTER TABLE "resource_versions" DROP CONSTRAINT "resource_versions_pkey",
	ADD CONSTRAINT "resource_versions_resource_id_tenant_id_pk" PRIMARY KEY("resource_id","tenant_id");--> statement-breakpoint
ALTER TABLE "idempotency_keys" RENAME COLUMN "booking_ids" TO "result_ids";--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "skipped" jsonb;--> statement-breakpoint
ANALYZE "allocations";--> statement-breakpoint
ANALYZE "bookings";
