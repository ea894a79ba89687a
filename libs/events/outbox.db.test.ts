import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import {
  bookingEvent,
  changeTestBooking,
  eventDatabase,
  eventContext,
  announceEvent,
} from '@libs/testing/eventFixtures';
import { describe, expect, it } from 'vitest';
import { announcedEvent } from './catalogue.ts';
import { lastCheckpoint } from './history.ts';
import { announce, isOutboxPosition, readOutboxAfter, type OutboxRow } from './outbox.ts';
import { SYSTEM } from './actor.ts';
import { assignPositions } from './relay/assignPositions.ts';

const { db } = await eventDatabase();

const WRITERS = 32;
const CHANGES_PER_WRITER = process.env['VAGA_SOAK'] ? 300 : 25;
const BOOKINGS = 20;
const RESUMPTIONS = 200;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function readAllAfter(cursor: string | null, tenantId?: string): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = [];
  for (;;) {
    const batch = await readOutboxAfter(db.sql, rows.at(-1)?.position ?? cursor, { tenantId });
    if (batch.length === 0) return rows;
    rows.push(...batch);
  }
}

const eventOfRow = ({ type, payload, metadata }: OutboxRow) =>
  announcedEvent(type, JSON.parse(payload), metadata);

/** Numbers all committed rows and returns the last position. */
async function endOfOutbox(): Promise<string> {
  while ((await assignPositions(db)) !== 0);
  return (await lastCheckpoint(db.sql)).position.toString();
}

describe('announce', () => {
  it('writes events in the given order with their metadata', async () => {
    const before = await endOfOutbox();
    const events = [bookingEvent(), bookingEvent(), bookingEvent()];
    const context = eventContext();
    const ids = await inTransaction(db, (tx) => announce(tx, events, context));
    await assignPositions(db);
    const read = (await readAllAfter(before)).map(eventOfRow);
    expect(read.map((event) => event.eventId)).toEqual(ids);
    expect({ ...read[0], occurredAt: read[0]?.occurredAt.toString() }).toEqual({
      ...events[0],
      eventId: ids[0],
      tenantId: events[0]?.payload.tenant_id,
      occurredAt: context.now.toString(),
      traceId: context.traceId,
      version: 1,
      actor: SYSTEM,
    });
  });

  it('leaves nothing behind when its transaction is rolled back', async () => {
    const before = await endOfOutbox();
    const failing = inTransaction(db, async (tx) => {
      await announce(tx, bookingEvent(), eventContext());
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await endOfOutbox()).toBe(before);
  });

  it('does not compile without a transaction', () => {
    // @ts-expect-error: a pool is not a transaction.
    const call = (pool: Db) => announce(pool, bookingEvent(), eventContext());
    expect(call).toBeTypeOf('function');
  });
});

describe('readOutboxAfter', () => {
  it("returns only the given tenant's rows after the position", async () => {
    const before = await endOfOutbox();
    const tenantId = newId();
    const first = await announceEvent(db, bookingEvent({ tenant_id: tenantId }));
    await announceEvent(db);
    const second = await announceEvent(db, bookingEvent({ tenant_id: tenantId }));
    await endOfOutbox();
    const rows = await readAllAfter(before, tenantId);
    expect(rows.map((row) => row.metadata.event_id)).toEqual([first, second]);
    expect(await readOutboxAfter(db.sql, rows[0]?.position ?? null, { tenantId })).toEqual([rows[1]]);
    expect(await readOutboxAfter(db.sql, rows[1]?.position ?? null, { tenantId })).toEqual([]);
  });

  it('returns two changes of one booking in commit order, even if the later one has the lower transaction id', async () => {
    const before = await endOfOutbox();
    const bookingId = newId();
    let second = '';
    const first = await inTransaction(db, async (early) => {
      // Draws the transaction id before another transaction changes the booking.
      await early.sql`select pg_current_xact_id()`;
      const id = await inTransaction(db, (late) => changeTestBooking(late, bookingId));
      await assignPositions(db);
      second = await changeTestBooking(early, bookingId);
      return id;
    });
    await endOfOutbox();
    expect((await readAllAfter(before)).map((row) => row.metadata.event_id)).toEqual([first, second]);
  });

  it('does not wait for an open transaction', async () => {
    const before = await endOfOutbox();
    await inTransaction(db, async (open) => {
      await announce(open, bookingEvent(), eventContext());
      const announced = await announceEvent(db);
      await assignPositions(db);
      expect((await readAllAfter(before)).map((row) => row.metadata.event_id)).toEqual([announced]);
    });
    await endOfOutbox();
    expect(await readAllAfter(before)).toHaveLength(2);
  });
});

describe('a reader that resumes by cursor', () => {
  it(`receives every event of ${WRITERS} concurrent writers, and each booking's in order`, async () => {
    const start = await endOfOutbox();
    const bookings = Array.from({ length: BOOKINGS }, newId);
    const committed = new Set<string>();

    async function write(): Promise<void> {
      for (let change = 0; change < CHANGES_PER_WRITER; change += 1) {
        const bookingId = bookings[Math.floor(Math.random() * BOOKINGS)] as string;
        try {
          const id = await inTransaction(db, async (tx) => {
            if (Math.random() < 0.3) await tx.sql`select pg_current_xact_id()`;
            await sleep(Math.random() * 4);
            const eventId = await changeTestBooking(tx, bookingId);
            await sleep(Math.random() ** 4 * 12);
            if (Math.random() < 0.2) throw new Error('rolled back');
            return eventId;
          });
          committed.add(id);
        } catch (error) {
          if (!(error instanceof Error && error.message === 'rolled back')) throw error;
        }
      }
    }

    let isWriting = true;
    const assigning = (async () => {
      while (isWriting) {
        await Promise.all([assignPositions(db), assignPositions(db)]);
        await sleep(2);
      }
    })();
    const seen: OutboxRow[] = [];
    let cursor = start;
    let resumptions = 0;
    const reading = (async () => {
      while (isWriting || resumptions < RESUMPTIONS) {
        // A resumed reader knows only its cursor.
        const rows = await readOutboxAfter(db.sql, cursor, { limit: 1 + Math.floor(Math.random() * 9) });
        seen.push(...rows);
        cursor = rows.at(-1)?.position ?? cursor;
        resumptions += 1;
      }
    })();
    await Promise.all(Array.from({ length: WRITERS }, write));
    isWriting = false;
    await Promise.all([assigning, reading]);
    await endOfOutbox();
    seen.push(...(await readAllAfter(cursor)));

    expect(resumptions).toBeGreaterThanOrEqual(RESUMPTIONS);
    expect(seen.map((row) => row.metadata.event_id).toSorted()).toEqual([...committed].toSorted());
    const versions = new Map<string, number>();
    for (const { payload } of seen.map(eventOfRow)) {
      const { booking_id: id, booking_version: version } = payload as {
        booking_id: string;
        booking_version: number;
      };
      expect(version).toBe((versions.get(id) ?? 0) + 1);
      versions.set(id, version);
    }
  }, 120_000);
});

describe('isOutboxPosition', () => {
  it.each(['0', '1', '999999999999999999'])('accepts %s', (text) =>
    expect(isOutboxPosition(text)).toBe(true),
  );
  it.each(['', '-1', '01', '1.5', '1e3', ' 1', '9'.repeat(19), "0'; drop table outbox"])(
    'refuses %j',
    (text) => expect(isOutboxPosition(text)).toBe(false),
  );
});
