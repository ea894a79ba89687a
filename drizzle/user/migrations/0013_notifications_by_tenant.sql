-- squawk-disable-assume-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS "notifications_due_of_tenant";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notifications_due_of_tenant" ON "notifications" USING btree ("tenant_id","next_attempt_at","arrival") WHERE "notifications"."status" = 'PENDING';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "notifications_due";
