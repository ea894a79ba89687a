/**
 * Hashing of passwords: argon2id (RFC 9106) at OWASP's minimum, about 10 ms of one core and 19 MiB each. How many run at once, and
 * how many wait, is bounded for the whole process, so that a flood of sign-ins costs neither its memory nor its threads.
 */
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { ApiError } from '@libs/outcome/apiErrors';

/** OWASP Password Storage Cheat Sheet: memory in KiB, passes, lanes. The library's algorithm is argon2id unless told otherwise. */
const ARGON2 = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** Hashes computed at once: of the four threads of libuv's pool two stay free for names and files. */
export const MOST_HASHES_AT_ONCE = 2;
/** Who may wait for their turn: about a second's work. */
export const MOST_WAITING = 100;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `work` when its turn comes; RATE_LIMITED where too many wait already. Turns do not nest. */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < MOST_HASHES_AT_ONCE) {
    running += 1;
  } else {
    if (waiting.length >= MOST_WAITING) throw new ApiError('RATE_LIMITED', 'api.rateLimited');
    // Whoever ends hands its turn on, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** One password, however a keyboard composes its accents (RFC 8265 §4.2.2: NFC). */
const normal = (password: string): string => password.normalize('NFC');

/** The hash to keep of a password, in PHC form, salted. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(normal(password), ARGON2));

let decoy: Promise<string> | undefined;

/**
 * Whether the password is the one that `passwordHash` was made of. Where there is no hash (nobody by that name, or nobody who can
 * sign in) the answer is false, after as much work. To be called in a turn of `inTurn`.
 */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  decoy ??= hash(randomBytes(32), ARGON2);
  const isRight = await verify(passwordHash ?? (await decoy), normal(password));
  return isRight && passwordHash !== null;
}
