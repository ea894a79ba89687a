CREATE TYPE "public"."resource_category_type" AS ENUM('PHYSICAL', 'HUMAN');--> statement-breakpoint
CREATE TABLE "resource_categories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"type" "resource_category_type" NOT NULL,
	"icon" text,
	"color" text,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "resource_categories_tenant_id_unique" UNIQUE("tenant_id","id"),
	CONSTRAINT "resource_categories_deleted_is_inactive" CHECK ("resource_categories"."deleted_at" is null or not "resource_categories"."is_active")
);
--> statement-breakpoint
CREATE TABLE "deleted_tenants" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"deleted_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "resource_stats" (
	"resource_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"bookings_created" integer DEFAULT 0 NOT NULL,
	"bookings_cancelled" integer DEFAULT 0 NOT NULL,
	"last_booked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "resources" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"category_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"capacity" integer NOT NULL,
	"location" text,
	"attributes" jsonb NOT NULL,
	"availability_schedule" jsonb,
	"is_active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "resources_capacity_positive" CHECK ("resources"."capacity" >= 1),
	CONSTRAINT "resources_deleted_is_inactive" CHECK ("resources"."deleted_at" is null or not "resources"."is_active")
);
--> statement-breakpoint
ALTER TABLE "resource_stats" ADD CONSTRAINT "resource_stats_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resources" ADD CONSTRAINT "resources_category_fk" FOREIGN KEY ("tenant_id","category_id") REFERENCES "public"."resource_categories"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "resources_of_tenant" ON "resources" USING btree ("tenant_id","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "resources_of_category" ON "resources" USING btree ("tenant_id","category_id","id");--> statement-breakpoint
CREATE INDEX "resources_attributes" ON "resources" USING gin ("attributes" jsonb_path_ops) WHERE deleted_at is null;