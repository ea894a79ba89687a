-- The wall clock of bookings: docs/decisions/0042-the-wall-clock-of-bookings.md. Those of existing bookings are unknown until
-- `npm run reconcile -- time --apply` notes them.
ALTER TABLE "bookings" ADD COLUMN "local_start" timestamp (3), ADD COLUMN "local_end" timestamp (3), ADD COLUMN "timezone" text;--> statement-breakpoint
-- Processes of the release before move bookings without these columns.
CREATE FUNCTION bookings_wall_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.start_time, NEW.end_time) IS DISTINCT FROM (OLD.start_time, OLD.end_time)
    AND (NEW.local_start, NEW.local_end, NEW.timezone) IS NOT DISTINCT FROM (OLD.local_start, OLD.local_end, OLD.timezone) THEN
    NEW.local_start := NULL;
    NEW.local_end := NULL;
    NEW.timezone := NULL;
  END IF;
  RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER bookings_wall_clock BEFORE UPDATE OF "start_time", "end_time" ON "bookings"
	FOR EACH ROW EXECUTE FUNCTION bookings_wall_clock();
