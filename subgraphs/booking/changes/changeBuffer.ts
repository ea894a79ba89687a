/** Live changes that a subscriber has not read yet. */
import { pushQueue, type PushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { ApiError } from '@libs/outcome/apiErrors';
import { changesDropped } from './changeMetrics.ts';
import type { Change } from './readChanges.ts';

/** Limit for one subscriber. Beyond it the subscription ends with RATE_LIMITED, and the client resumes by its cursor. */
export const MAX_BUFFERED_CHANGES = 1_000;

export function createChangeBuffer(): PushQueue<Change> {
  const buffer: PushQueue<Change> = pushQueue({
    limit: MAX_BUFFERED_CHANGES,
    onOverflow() {
      changesDropped.inc(buffer.size());
      buffer.fail(new ApiError('RATE_LIMITED', 'booking.changesNotRead'));
    },
  });
  return buffer;
}
