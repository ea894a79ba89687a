-- squawk-disable-assume-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS "users_awaiting_verification";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_awaiting_verification" ON "users" USING btree ("created_at") WHERE "users"."awaits_verification";