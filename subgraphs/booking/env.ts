import { optionalDatabase, seconds } from '@libs/runtime/env';

export const bookingVariables = {
  CACHE_TTL_AVAILABILITY: seconds(300),
  /** A streaming replica of the database, for lists and availability. */
  BOOKING_REPLICA_URL: optionalDatabase(),
};
