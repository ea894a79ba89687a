/** What a subscriber has yet to be told. */
import { ApiError } from '@libs/outcome/apiErrors';
import type { Change } from './readChanges.ts';

/** Changes that may wait for one subscriber; one that is slower is ended, and resumes by its cursor. */
export const MAX_BUFFERED_CHANGES = 1_000;

export type ChangeBuffer = {
  put(change: Change): void;
  /** Nothing that waits is given any more: `next` throws the error. */
  fail(error: ApiError): void;
  /** The next change, waited for; undefined once it has ended. RATE_LIMITED where too many were waiting. */
  next(): Promise<Change | undefined>;
  end(): void;
};

/** An empty queue; one `next` at a time. */
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
