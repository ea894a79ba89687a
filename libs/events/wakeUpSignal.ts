/** Signals within one process that a commit left work. Other processes find it by polling. */
import { EventEmitter } from 'node:events';

export type WakeUpSignal = EventEmitter<{ wakeUp: [] }>;

/** `announce` emits it; the relay listens. */
export const outboxSignal: WakeUpSignal = new EventEmitter();
