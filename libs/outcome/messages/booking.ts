import type { Sentence } from '../messages.ts';

export const bookingMessages = {} satisfies Record<string, Sentence>;
