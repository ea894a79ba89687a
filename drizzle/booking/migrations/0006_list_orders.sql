-- Both are trusted extensions: no superuser is needed.
CREATE EXTENSION IF NOT EXISTS btree_gin;--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
CREATE INDEX "bookings_by_creation" ON "bookings" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "bookings_notes" ON "bookings" USING gin ("tenant_id","notes" gin_trgm_ops) WHERE notes is not null;