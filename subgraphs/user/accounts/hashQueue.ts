/**
 * Who hashes next. A hash costs about 10 ms of a core, so few run at once and the others wait: in two lanes (checks of a password
 * that somebody gives, and hashes of new passwords), within each lane in fair turns by tenant (round-robin). One tenant's backlog
 * delays another tenant by one hash, and only the one that floods is refused.
 */
import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';

/** Hashes computed at once: of the four threads of libuv's pool two stay free for names and files. */
export const MAX_CONCURRENT_HASHES = 2;
/** Of those, hashes of new passwords: one place is kept for people who sign in. */
export const MAX_CONCURRENT_NEW_PASSWORDS = 1;
/** Hashes that wait in one lane: a few seconds' work. */
export const MAX_QUEUED_HASHES = 200;
/** Of those, one tenant's. */
export const MAX_QUEUED_HASHES_OF_TENANT = 100;
/** Checks that go before a new password's hash that waits: people who sign in come first, and an import still moves. */
export const MAX_CONSECUTIVE_CHECKS = 4;

/** A tenant, the platform's administrators, or all sign-ins together that name a domain which nobody has. */
export type HashOwner = TenantId | 'platform' | 'unknown';
export type Lane = 'check' | 'newPassword';

/** Whose turn an account's hash takes; null is the platform, undefined a domain that is nobody's. */
export const hashOwner = (tenantId: TenantId | null | undefined): HashOwner =>
  tenantId === null ? 'platform' : (tenantId ?? 'unknown');

export type HashQueue = {
  /** Runs `work` in the owner's turn. RATE_LIMITED where the owner, or everybody together, has too much waiting. Slots do not nest. */
  withHashSlot<T>(lane: Lane, owner: HashOwner, work: () => Promise<T>): Promise<T>;
};

type Waiter = { start: () => void; refuse: (error: ApiError) => void };

const rateLimited = (): ApiError => new ApiError('RATE_LIMITED', 'api.rateLimited');

/** Waiters in turns by owner: the map's order is the round; the owner that was served goes to its end. */
function createLane() {
  const queues = new Map<HashOwner, Waiter[]>();
  let size = 0;

  /** The owner with the most waiters. */
  function longestQueue(): Waiter[] {
    let longest: Waiter[] = [];
    for (const queue of queues.values()) if (queue.length > longest.length) longest = queue;
    return longest;
  }

  /** Whether there is a place for one more of `own`; where all are taken, the longest queue gives up its last one to a shorter. */
  function makeRoom(own: number): boolean {
    if (own >= MAX_QUEUED_HASHES_OF_TENANT) return false;
    if (size < MAX_QUEUED_HASHES) return true;
    const flooded = longestQueue();
    if (flooded.length <= own + 1) return false;
    flooded.pop()!.refuse(rateLimited());
    size -= 1;
    return true;
  }

  return {
    size: () => size,
    wait(owner: HashOwner): Promise<void> {
      const own = queues.get(owner) ?? [];
      if (!makeRoom(own.length)) return Promise.reject(rateLimited());
      return new Promise((start, refuse) => {
        own.push({ start, refuse });
        queues.set(owner, own);
        size += 1;
      });
    },
    /** Starts the next waiter, if there is one. */
    startNext(): boolean {
      const [next] = queues;
      if (!next) return false;
      const [owner, queue] = next;
      queues.delete(owner);
      const waiter = queue.shift()!;
      if (queue.length > 0) queues.set(owner, queue);
      size -= 1;
      waiter.start();
      return true;
    },
  };
}

/** A queue with its own slots; the process has one (`withHashSlot`). */
export function createHashQueue(): HashQueue {
  const lanes = { check: createLane(), newPassword: createLane() };
  const running = { check: 0, newPassword: 0 };
  let checksInARow = 0;

  const hasSlot = (lane: Lane): boolean =>
    running.check + running.newPassword < MAX_CONCURRENT_HASHES &&
    (lane === 'check' || running.newPassword < MAX_CONCURRENT_NEW_PASSWORDS);

  /** Starts the next of the lane where it has a slot; the slot is taken before anybody else can see it free. */
  function startNextOf(lane: Lane): boolean {
    if (!hasSlot(lane) || !lanes[lane].startNext()) return false;
    running[lane] += 1;
    return true;
  }

  /** Hands a free slot on. */
  function startNext(): void {
    const isNewPasswordDue = lanes.newPassword.size() > 0 && checksInARow >= MAX_CONSECUTIVE_CHECKS;
    if (isNewPasswordDue && startNextOf('newPassword')) {
      checksInARow = 0;
    } else if (startNextOf('check')) {
      checksInARow = lanes.newPassword.size() > 0 ? checksInARow + 1 : 0;
    } else {
      startNextOf('newPassword');
    }
  }

  return {
    async withHashSlot(lane, owner, work) {
      if (hasSlot(lane)) running[lane] += 1;
      else await lanes[lane].wait(owner);
      try {
        return await work();
      } finally {
        running[lane] -= 1;
        startNext();
      }
    },
  };
}

/** The queue of this process. */
export const { withHashSlot } = createHashQueue();
