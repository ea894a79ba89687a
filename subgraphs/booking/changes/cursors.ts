/**
 * The cursors of changes: a checkpoint in the outbox, authentic and bound to its tenant, so that nobody can make one up.
 *
 * Bytes, in base64url: the position (8), a tag of the event at it (8), and the MAC of the tenant and both (16). The tag, not
 * the event's id: where a subscriber begins, that may be an event of another tenant. Releases before checkpoints gave out cursors without
 * a tag; they are taken too.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '@libs/auth/keys';
import type { TenantId } from '@libs/auth/tenantId';
import type { Checkpoint } from '@libs/events/history';

const POSITION_BYTES = 8;
const TAG_BYTES = 8;
const MAC_BYTES = 16;
/** Base64url without padding of all three, and of a cursor without a tag. */
const CURSOR = /^([\w-]{43}|[\w-]{32})$/;

/** A position in the outbox; rows after it have greater ones. */
export type Position = bigint;

export type DecodedCursor = {
  position: Position;
  /** Holds only a position, as before checkpoints. */
  isPlain: boolean;
  /** Whether the event is the one at the cursor's position; never for a plain one. */
  isOf(eventId: string): boolean;
};

export type Cursors = {
  encode(tenantId: TenantId, checkpoint: Checkpoint): string;
  /** What the cursor holds; undefined where it is not one that `encode` made for this tenant. */
  decode(tenantId: TenantId, cursor: string): DecodedCursor | undefined;
};

/** Cursors under a key of their own that is derived from SECRET_KEY: good in every process of the subgraph. */
export function cursors(secretKey: string): Cursors {
  const key = deriveKey(secretKey, 'cursors of booking changes');
  const hmac = (text: string, bytes: Buffer): Buffer =>
    createHmac('sha256', key).update(text).update(bytes).digest();
  const macOf = (tenantId: TenantId, bytes: Buffer): Buffer => hmac(tenantId, bytes).subarray(0, MAC_BYTES);
  const tagOf = (eventId: string): Buffer => hmac(`event ${eventId}`, Buffer.alloc(0)).subarray(0, TAG_BYTES);
  return {
    encode(tenantId, { position, eventId }) {
      const bytes = Buffer.alloc(POSITION_BYTES);
      bytes.writeBigUInt64BE(position);
      const signed = Buffer.concat([bytes, tagOf(eventId)]);
      return Buffer.concat([signed, macOf(tenantId, signed)]).toString('base64url');
    },
    decode(tenantId, cursor) {
      if (!CURSOR.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      const signed = bytes.subarray(0, -MAC_BYTES);
      if (!timingSafeEqual(bytes.subarray(-MAC_BYTES), macOf(tenantId, signed))) return undefined;
      const tag = signed.subarray(POSITION_BYTES);
      return {
        position: signed.readBigUInt64BE(),
        isPlain: tag.length === 0,
        isOf: (eventId) => tag.equals(tagOf(eventId)),
      };
    },
  };
}
