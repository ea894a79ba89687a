CREATE TYPE "public"."resource_booking_mode" AS ENUM('EXCLUSIVE', 'SHARED', 'SESSION');--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "booking_mode" "resource_booking_mode" DEFAULT 'EXCLUSIVE' NOT NULL;--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "rules" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "seasons" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "schedule_overrides" jsonb DEFAULT '[]'::jsonb NOT NULL;