-- squawk-disable-assume-in-transaction
ALTER TABLE "notifications" ADD COLUMN IF NOT EXISTS "sent_with" uuid;--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "notifications_sent_with";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notifications_sent_with" ON "notifications" USING btree ("sent_with") WHERE "notifications"."sent_with" is not null;