/** Live changes that a subscriber has not read yet. */
import { ApiError } from '@libs/outcome/apiErrors';
import type { Change } from './readChanges.ts';

/** Limit for one subscriber. Beyond it the subscription ends with RATE_LIMITED, and the client resumes by its cursor. */
export const MAX_BUFFERED_CHANGES = 1_000;

export type ChangeBuffer = {
  put(change: Change): void;
  /** Discards the buffered changes; `next` throws the error from now on. */
  fail(error: ApiError): void;
  /** One call at a time. Undefined after `end`. Throws RATE_LIMITED after an overflow. */
  next(): Promise<Change | undefined>;
  end(): void;
};

export function createChangeBuffer(): ChangeBuffer {
  let changes: Change[] = [];
  let state: 'open' | 'ended' | ApiError = 'open';
  let wake: () => void = () => {};
  function fail(error: ApiError): void {
    if (state === 'open') state = error;
    changes = [];
    wake();
  }
  return {
    put(change) {
      if (state !== 'open') return;
      changes.push(change);
      if (changes.length > MAX_BUFFERED_CHANGES) fail(new ApiError('RATE_LIMITED', 'booking.changesNotRead'));
      else wake();
    },
    fail,
    async next() {
      while (state === 'open' && changes.length === 0) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (state instanceof ApiError) throw state;
      return state === 'open' ? changes.shift() : undefined;
    },
    end() {
      if (state === 'open') state = 'ended';
      changes = [];
      wake();
    },
  };
}
