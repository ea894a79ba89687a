/**
 * Schedules password hashing. A hash costs about 10 ms of a core, so few run at once and the others wait in two lanes: checks of
 * passwords, and hashes of new ones. Each lane serves tenants round-robin: a backlog delays another tenant by one hash, and only
 * the tenant that floods is refused.
 */
import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';

/** Leaves two of libuv's four threads to name look-ups and files. */
export const MAX_CONCURRENT_HASHES = 2;
/** One slot stays free for sign-ins. */
const MAX_CONCURRENT_NEW_PASSWORDS = 1;
/** Per lane: a few seconds of work. */
export const MAX_QUEUED_HASHES = 200;
export const MAX_QUEUED_HASHES_OF_TENANT = 100;
/** Sign-ins overtake queued new passwords, but an import still advances. */
export const MAX_CONSECUTIVE_CHECKS = 4;

/** A tenant, the platform's administrators, or all unknown domains together. */
export type HashOwner = TenantId | 'platform' | 'unknown';
export type Lane = 'check' | 'newPassword';

/** Null is the platform, undefined an unknown domain. */
export const hashOwner = (tenantId: TenantId | null | undefined): HashOwner =>
  tenantId === null ? 'platform' : (tenantId ?? 'unknown');

export type HashQueue = {
  /** Runs `work` when the owner gets a slot. RATE_LIMITED if its queue or the lane is full. Slots do not nest. */
  withHashSlot<T>(lane: Lane, owner: HashOwner, work: () => Promise<T>): Promise<T>;
};

type Waiter = { start: () => void; refuse: (error: ApiError) => void };

const rateLimited = (): ApiError => new ApiError('RATE_LIMITED', 'api.rateLimited');

/** Round-robin: the map's order is the rotation; a served owner moves to the end. */
function createLane() {
  const queues = new Map<HashOwner, Waiter[]>();
  let size = 0;

  function longestQueue(): Waiter[] {
    let longest: Waiter[] = [];
    for (const queue of queues.values()) if (queue.length > longest.length) longest = queue;
    return longest;
  }

  /** Whether one more of `own` fits. In a full lane, the longest queue drops its last waiter for a shorter one. */
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

/** The process shares one. */
export function createHashQueue(): HashQueue {
  const lanes = { check: createLane(), newPassword: createLane() };
  const running = { check: 0, newPassword: 0 };
  let checksInARow = 0;

  const hasSlot = (lane: Lane): boolean =>
    running.check + running.newPassword < MAX_CONCURRENT_HASHES &&
    (lane === 'check' || running.newPassword < MAX_CONCURRENT_NEW_PASSWORDS);

  /** Takes the slot synchronously. */
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
