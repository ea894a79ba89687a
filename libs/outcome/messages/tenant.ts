import type { Sentence } from '../messages.ts';

export const tenantMessages = {} satisfies Record<string, Sentence>;
