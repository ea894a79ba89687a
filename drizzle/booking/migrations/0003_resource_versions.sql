CREATE TABLE "resource_versions" (
	"resource_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "resource_versions_tenant" ON "resource_versions" USING btree ("tenant_id");