/** A resource's numbers as the API shows them. Pure. */
import type { StatsRow } from '@drizzle/resource/tables';

export type Stats = Pick<StatsRow, 'bookingsCreated' | 'bookingsCancelled' | 'lastBookedAt'>;

/** Of a resource that never had a booking. */
export const NO_STATS: Stats = { bookingsCreated: 0, bookingsCancelled: 0, lastBookedAt: null };
