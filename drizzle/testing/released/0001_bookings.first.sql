-- btree_gist: equality of uuid and smallint within a GiST index.
CREATE EXTENSION IF NOT EXISTS btree_gist;--> statement-breakpoint
CREATE TYPE "public"."booking_status" AS ENUM('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED', 'COMPLETED', 'NO_SHOW');--> statement-breakpoint
CREATE TYPE "public"."gone_kind" AS ENUM('TENANT', 'RESOURCE', 'USER');--> statement-breakpoint
CREATE TYPE "public"."recurrence_frequency" AS ENUM('DAILY', 'WEEKLY', 'MONTHLY');--> statement-breakpoint
CREATE TABLE "booking_series" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"frequency" "recurrence_frequency" NOT NULL,
	"interval" integer NOT NULL,
	"end_date" timestamp (3) with time zone,
	"days_of_week" text[],
	"timezone" text NOT NULL,
	"local_start" timestamp (3) NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bookings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"series_id" uuid,
	"start_time" timestamp (3) with time zone NOT NULL,
	"end_time" timestamp (3) with time zone NOT NULL,
	"status" "booking_status" NOT NULL,
	"notes" text,
	"cancelled_by" uuid,
	"cancellation_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"unit" smallint DEFAULT 1 NOT NULL,
	"held" "tstzrange" GENERATED ALWAYS AS (case when status in ('PENDING', 'CONFIRMED', 'COMPLETED') then tstzrange(start_time, end_time, '[)') end) STORED,
	CONSTRAINT "bookings_time" CHECK (start_time < end_time and end_time - start_time <= interval '24 hours')
);
--> statement-breakpoint
CREATE TABLE "gone" (
	"kind" "gone_kind" NOT NULL,
	"id" uuid NOT NULL,
	"gone_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "gone_kind_id_pk" PRIMARY KEY("kind","id")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"tenant_id" uuid NOT NULL,
	"caller_id" uuid NOT NULL,
	"key" text NOT NULL,
	"input_hash" text NOT NULL,
	"booking_ids" uuid[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_id_caller_id_key_pk" PRIMARY KEY("tenant_id","caller_id","key")
);
--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_series_id_booking_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."booking_series"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- The last word on conflicts: no two bookings hold one unit of a resource at one instant; touching ends are free. A booking that
-- holds nothing has no `held`. Not to be made anew lightly: it cannot be added NOT VALID (docs/decisions/0003).
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_no_overlap" EXCLUDE USING gist ("resource_id" WITH =, "unit" WITH =, "held" WITH &&) WHERE ("held" IS NOT NULL);--> statement-breakpoint
CREATE INDEX "booking_series_tenant" ON "booking_series" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "bookings_by_tenant" ON "bookings" USING btree ("tenant_id","start_time","id");--> statement-breakpoint
CREATE INDEX "bookings_by_status" ON "bookings" USING btree ("tenant_id","status","start_time","id");--> statement-breakpoint
CREATE INDEX "bookings_by_resource" ON "bookings" USING btree ("resource_id","start_time","id");--> statement-breakpoint
CREATE INDEX "bookings_by_user" ON "bookings" USING btree ("user_id","start_time","id");--> statement-breakpoint
CREATE INDEX "bookings_by_client" ON "bookings" USING btree ("client_id","start_time","id");--> statement-breakpoint
CREATE INDEX "bookings_by_series" ON "bookings" USING btree ("series_id","start_time","id") WHERE series_id is not null;--> statement-breakpoint
CREATE INDEX "gone_gone_at" ON "gone" USING btree ("gone_at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");