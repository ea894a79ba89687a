-- A booking may last a whole day of its tenant's, and the longest day that a zone has is 26 hours (Antarctica/Troll, where the clock is
-- put back by two); most zones have one of 25 each year. What is there keeps the looser check.
ALTER TABLE "bookings" DROP CONSTRAINT "bookings_time";--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_time" CHECK (start_time < end_time and end_time - start_time <= interval '26 hours');