-- Every list asks for the tenant as well, and a resource, user, client or series has only one. Where the planner does not know that,
-- it expects a twentieth of the rows that come, and collects and sorts all of them instead of reading a page in an index's order
-- (docs/decisions/0006-lists-of-bookings.md).
CREATE STATISTICS "bookings_resource_tenant" (dependencies) ON "resource_id", "tenant_id" FROM "bookings";--> statement-breakpoint
CREATE STATISTICS "bookings_user_tenant" (dependencies) ON "user_id", "tenant_id" FROM "bookings";--> statement-breakpoint
CREATE STATISTICS "bookings_client_tenant" (dependencies) ON "client_id", "tenant_id" FROM "bookings";--> statement-breakpoint
CREATE STATISTICS "bookings_series_tenant" (dependencies) ON "series_id", "tenant_id" FROM "bookings";
