/**
 * Schedules password hashing. A hash costs about 10 ms of a core, so few run at once and the others queue in two lanes: checks of
 * a given password, and hashes of new ones. Each lane serves tenants round-robin: a tenant's backlog delays another tenant by one
 * hash, and only the tenant that floods is refused.
 */
import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';

/** Hashes at once: leaves two of libuv's four threads to name look-ups and files. */
export const MAX_CONCURRENT_HASHES = 2;
/** Of those, hashes of new passwords: one slot stays free for sign-ins. */
const MAX_CONCURRENT_NEW_PASSWORDS = 1;
/** Hashes queued in one lane: a few seconds of work. */
export const MAX_QUEUED_HASHES = 200;
/** Of those, one tenant's. */
export const MAX_QUEUED_HASHES_OF_TENANT = 100;
/** Checks that may overtake a queued new password: sign-ins come first, and an import still advances. */
export const MAX_CONSECUTIVE_CHECKS = 4;

/** A tenant, the platform's administrators, or all sign-ins with unknown domains together. */
export type HashOwner = TenantId | 'platform' | 'unknown';
export type Lane = 'check' | 'newPassword';

/** The owner of an account's hash; null is the platform, undefined an unknown domain. */
export const hashOwner = (tenantId: TenantId | null | undefined): HashOwner =>
  tenantId === null ? 'platform' : (tenantId ?? 'unknown');

export type HashQueue = {
  /** Runs `work` when the owner gets a slot. RATE_LIMITED if too much of the owner's, or in all, is queued. Slots do not nest. */
  withHashSlot<T>(lane: Lane, owner: HashOwner, work: () => Promise<T>): Promise<T>;
};

type Waiter = { start: () => void; refuse: (error: ApiError) => void };

const rateLimited = (): ApiError => new ApiError('RATE_LIMITED', 'api.rateLimited');

/** Round-robin queues by owner: the map's order is the rotation, and a served owner moves to the end. */
function createLane() {
  const queues = new Map<HashOwner, Waiter[]>();
  let size = 0;

  function longestQueue(): Waiter[] {
    let longest: Waiter[] = [];
    for (const queue of queues.values()) if (queue.length > longest.length) longest = queue;
    return longest;
  }

  /** Whether one more of `own` fits. If the lane is full, the longest queue drops its last waiter for a shorter one. */
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
    /** Starts the next waiter, if any. */
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

/** A queue with its own slots; the process shares one. */
export function createHashQueue(): HashQueue {
  const lanes = { check: createLane(), newPassword: createLane() };
  const running = { check: 0, newPassword: 0 };
  let checksInARow = 0;

  const hasSlot = (lane: Lane): boolean =>
    running.check + running.newPassword < MAX_CONCURRENT_HASHES &&
    (lane === 'check' || running.newPassword < MAX_CONCURRENT_NEW_PASSWORDS);

  /** Starts the lane's next waiter if a slot is free, and takes the slot synchronously. */
  function startNextOf(lane: Lane): boolean {
    if (!hasSlot(lane) || !lanes[lane].startNext()) return false;
    running[lane] += 1;
    return true;
  }

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

export const { withHashSlot } = createHashQueue();
