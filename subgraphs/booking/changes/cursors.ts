/** The cursors of changes: a position in the outbox, authentic and bound to its tenant, so that nobody can make one up. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '@libs/auth/keys';
import type { TenantId } from '@libs/auth/tenantId';

const POSITION_BYTES = 8;
const MAC_BYTES = 16;
/** Base64url without padding of both. */
const CURSOR = /^[\w-]{32}$/;

/** A place in the outbox; rows after it have greater ones. */
export type Position = bigint;

export type Cursors = {
  seal(tenantId: TenantId, position: Position): string;
  /** The position; undefined where the cursor is not one that `seal` made for this tenant. */
  open(tenantId: TenantId, cursor: string): Position | undefined;
};

/** Cursors under a key of their own that is derived from SECRET_KEY: good in every process of the subgraph. */
export function cursors(secretKey: string): Cursors {
  const key = deriveKey(secretKey, 'cursors of booking changes');
  const macOf = (tenantId: TenantId, position: Buffer): Buffer =>
    createHmac('sha256', key).update(tenantId).update(position).digest().subarray(0, MAC_BYTES);
  return {
    seal(tenantId, position) {
      const bytes = Buffer.alloc(POSITION_BYTES);
      bytes.writeBigUInt64BE(position);
      return Buffer.concat([bytes, macOf(tenantId, bytes)]).toString('base64url');
    },
    open(tenantId, cursor) {
      if (!CURSOR.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      const position = bytes.subarray(0, POSITION_BYTES);
      const isOurs = timingSafeEqual(bytes.subarray(POSITION_BYTES), macOf(tenantId, position));
      return isOurs ? position.readBigUInt64BE() : undefined;
    },
  };
}
