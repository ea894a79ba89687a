/** Ids are UUIDs of version 7 (RFC 9562 §5.7): consecutive rows are neighbors in an index. */
import { uuidv7 } from 'uuidv7';

export const newId = (): string => uuidv7();

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Accepts any version and case. */
export const isUuid = (text: string): boolean => UUID.test(text);
