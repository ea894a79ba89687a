/** What reactions leave in tests of libs/events. */
import type { Reactions } from '@libs/events/reactions';

/** Reactions that leave a row in `effects` for each time they have their effect. */
export const leavingEffects = (worker = 'test'): Reactions => ({
  'booking.created': async ({ tx, event }) => {
    await tx.sql`
      insert into effects (event_id, booking_id, version, worker)
      values (${event.eventId}, ${event.payload.booking_id}, ${event.payload.booking_version}, ${worker})`;
  },
  'user.deleted': async ({ tx, event }) => {
    await tx.sql`insert into effects (event_id, worker) values (${event.eventId}, ${worker})`;
  },
});

/** The series of a booking whose event is poison. */
export const POISON_SERIES = '00000000-0000-7000-8000-00000000dead';

/** The same, but for poison: it leaves its row, and then fails. */
export const leavingEffectsUnlessPoisoned = (worker: string): Reactions => ({
  'booking.created': async (ctx) => {
    await leavingEffects(worker)['booking.created']?.(ctx);
    if (ctx.event.payload.series_id === POISON_SERIES) throw new Error('poison');
  },
});

/** What `eventProcess.ts` is told. */
export type EventProcess = {
  role: 'relay' | 'consumer';
  name: string;
  databaseUrl: string;
  redisUrl: string;
};
