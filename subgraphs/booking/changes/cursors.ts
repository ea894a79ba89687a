/**
 * Cursors of changes: a checkpoint in the outbox, authenticated and bound to its tenant, so that clients cannot forge one.
 *
 * Base64url of: position (8 bytes), tag of its event (8), MAC of the tenant and both (16). The tag hides the event id, which at
 * the starting point may be another tenant's. Plain cursors, of earlier releases, have no tag.
 */
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Keyring } from '@libs/auth/keys';
import type { TenantId } from '@libs/auth/tenantId';
import type { Checkpoint } from '@libs/events/history';

const POSITION_BYTES = 8;
const TAG_BYTES = 8;
const MAC_BYTES = 16;
/** Unpadded base64url, with and without a tag. */
const CURSOR = /^([\w-]{43}|[\w-]{32})$/;

export type DecodedCursor = {
  position: bigint;
  /** Whether the cursor has no tag. */
  isPlain: boolean;
  /** Whether the tag is this event's; false for a plain cursor. */
  matchesEvent(eventId: string): boolean;
};

export type Cursors = {
  encode(tenantId: TenantId, checkpoint: Checkpoint): string;
  /** Undefined if the cursor is malformed, forged or another tenant's. */
  decode(tenantId: TenantId, cursor: string): DecodedCursor | undefined;
};

/** Cursors are valid in every process with these keys, and of earlier keys too. */
export function createCursors(keys: Keyring): Cursors {
  const all = keys.keysFor('cursors of booking changes');
  const hmac = (key: KeyObject, text: string, bytes: Buffer): Buffer =>
    createHmac('sha256', key).update(text).update(bytes).digest();
  const macOf = (key: KeyObject, tenantId: TenantId, bytes: Buffer): Buffer =>
    hmac(key, tenantId, bytes).subarray(0, MAC_BYTES);
  const tagOf = (key: KeyObject, eventId: string): Buffer =>
    hmac(key, `event ${eventId}`, Buffer.alloc(0)).subarray(0, TAG_BYTES);
  return {
    encode(tenantId, { position, eventId }) {
      const bytes = Buffer.alloc(POSITION_BYTES);
      bytes.writeBigUInt64BE(position);
      const signed = Buffer.concat([bytes, tagOf(all[0], eventId)]);
      return Buffer.concat([signed, macOf(all[0], tenantId, signed)]).toString('base64url');
    },
    decode(tenantId, cursor) {
      if (!CURSOR.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      const signed = bytes.subarray(0, -MAC_BYTES);
      const key = all.find((one) =>
        timingSafeEqual(bytes.subarray(-MAC_BYTES), macOf(one, tenantId, signed)),
      );
      if (!key) return undefined;
      const tag = signed.subarray(POSITION_BYTES);
      return {
        position: signed.readBigUInt64BE(),
        isPlain: tag.length === 0,
        matchesEvent: (eventId) => tag.equals(tagOf(key, eventId)),
      };
    },
  };
}
