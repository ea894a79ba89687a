import type { Sentence } from '../messages.ts';

export const userMessages = {} satisfies Record<string, Sentence>;
