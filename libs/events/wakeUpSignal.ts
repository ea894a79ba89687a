/**
 * Wakes this process's workers at once after a commit that left them work. It does not reach other processes, so workers
 * poll as well.
 */
import { EventEmitter } from 'node:events';

export type WakeUpSignal = EventEmitter<{ wakeUp: [] }>;

/** Emitted by `announce`; the relay listens. */
export const outboxSignal: WakeUpSignal = new EventEmitter();
