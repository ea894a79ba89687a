import type { Reaction, Reactions } from '@libs/events/reactions';

type RecordingReactions = {
  'booking.created': Reaction<'booking.created'>;
  'user.deleted': Reaction<'user.deleted'>;
};

/** Insert a row into `effects` each time they run. */
export const recordingReactions = (worker = 'test'): RecordingReactions => ({
  'booking.created': async ({ tx, event }) => {
    await tx.sql`
      insert into effects (event_id, booking_id, version, worker)
      values (${event.eventId}, ${event.payload.booking_id}, ${event.payload.booking_version}, ${worker})`;
  },
  'user.deleted': async ({ tx, event }) => {
    await tx.sql`insert into effects (event_id, worker) values (${event.eventId}, ${worker})`;
  },
});

/** Marks the booking of a poison event. */
export const POISON_SERIES = '00000000-0000-7000-8000-00000000dead';

/** Fail after inserting the rows of a batch with a poison event. */
export const recordingReactionsThatFailOnPoison = (worker: string): Reactions => ({
  'booking.created': {
    applyAll: async ({ tx, events }) => {
      const rows = events.map(({ eventId, payload }) => ({
        event_id: eventId,
        booking_id: payload.booking_id,
        version: payload.booking_version,
        worker,
      }));
      await tx.sql`insert into effects ${tx.sql(rows)}`;
      if (events.some(({ payload }) => payload.series_id === POISON_SERIES)) throw new Error('poison');
    },
  },
});

/** The argument of `eventProcess.ts`. */
export type EventProcess = {
  role: 'relay' | 'consumer';
  name: string;
  databaseUrl: string;
  redisUrl: string;
};
