import type { StatsRow } from '@drizzle/resource/tables';

export type Stats = Pick<StatsRow, 'bookingsCreated' | 'bookingsCancelled' | 'lastBookedAt'>;

export const NO_STATS: Stats = { bookingsCreated: 0, bookingsCancelled: 0, lastBookedAt: null };
