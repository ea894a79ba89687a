import type { Sentence } from '../messages.ts';

export const resourceMessages = {} satisfies Record<string, Sentence>;
