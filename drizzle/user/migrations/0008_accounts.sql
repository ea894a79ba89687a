CREATE TYPE "public"."link_purpose" AS ENUM('RESET_PASSWORD', 'VERIFY_EMAIL', 'ACCEPT_INVITATION');--> statement-breakpoint
CREATE TYPE "public"."link_request_kind" AS ENUM('RESET_PASSWORD', 'VERIFY_EMAIL', 'SIGN_UP');--> statement-breakpoint
CREATE TABLE "link_emails" (
	"address" "bytea" PRIMARY KEY NOT NULL,
	"sent_at" timestamp (3) with time zone[] NOT NULL,
	"last_sent_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "link_requests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"kind" "link_request_kind" NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"phone" text,
	"password_hash" text,
	"trace_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"claim_id" uuid,
	"claimed_until" timestamp (3) with time zone,
	CONSTRAINT "link_requests_claimed_until" CHECK (("link_requests"."claim_id" is null) = ("link_requests"."claimed_until" is null)),
	CONSTRAINT "link_requests_sign_ups_have_a_password" CHECK (("link_requests"."kind" = 'SIGN_UP') = ("link_requests"."password_hash" is not null) and ("link_requests"."kind" = 'SIGN_UP') = ("link_requests"."name" is not null))
);
--> statement-breakpoint
CREATE TABLE "link_tokens" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"notification_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" "link_purpose" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "email_verified_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "invited_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "awaits_verification" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "link_tokens" ADD CONSTRAINT "link_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "link_emails_last_sent_at" ON "link_emails" USING btree ("last_sent_at");--> statement-breakpoint
CREATE INDEX "link_requests_created_at" ON "link_requests" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "link_tokens_one_of_notification" ON "link_tokens" USING btree ("notification_id");--> statement-breakpoint
CREATE INDEX "link_tokens_user" ON "link_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "link_tokens_expires_at" ON "link_tokens" USING btree ("expires_at");