import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { bookingFact, changeBooking, eventDatabase, occasion, tell } from '@libs/testing/eventWorlds';
import { describe, expect, it } from 'vitest';
import { lastCheckpoint } from './history.ts';
import { announce, factOfRow, isOutboxCursor, readOutboxAfter, type OutboxRow } from './outbox.ts';
import { numberRows } from './relay/numbering.ts';

const { db } = await eventDatabase();

const WRITERS = 32;
const CHANGES_PER_WRITER = process.env['VAGA_SOAK'] ? 300 : 25;
const BOOKINGS = 20;
const RESUMPTIONS = 200;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function readAllAfter(cursor: string | null, tenantId?: string): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = [];
  for (;;) {
    const batch = await readOutboxAfter(db.sql, rows.at(-1)?.cursor ?? cursor, { tenantId });
    if (batch.length === 0) return rows;
    rows.push(...batch);
  }
}

/** Where the outbox ends now, all that is committed numbered. */
async function endOfOutbox(): Promise<string> {
  while ((await numberRows(db)) !== 0);
  return (await lastCheckpoint(db.sql)).position.toString();
}

describe('announce', () => {
  it('writes facts in their order with what a reader needs', async () => {
    const before = await endOfOutbox();
    const facts = [bookingFact(), bookingFact(), bookingFact()];
    const when = occasion();
    const ids = await inTransaction(db, (tx) => announce(tx, facts, when));
    await numberRows(db);
    const read = (await readAllAfter(before)).map(factOfRow);
    expect(read.map((fact) => fact.eventId)).toEqual(ids);
    expect({ ...read[0], occurredAt: read[0]?.occurredAt.toString() }).toEqual({
      ...facts[0],
      eventId: ids[0],
      tenantId: facts[0]?.payload.tenant_id,
      occurredAt: when.now.toString(),
      traceId: when.traceId,
      version: 1,
    });
  });

  it('leaves nothing of a transaction that is rolled back', async () => {
    const before = await endOfOutbox();
    const failing = inTransaction(db, async (tx) => {
      await announce(tx, bookingFact(), occasion());
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await endOfOutbox()).toBe(before);
  });

  it('cannot be called without a transaction', () => {
    // @ts-expect-error: a pool is no transaction.
    const call = (pool: Db) => announce(pool, bookingFact(), occasion());
    expect(call).toBeTypeOf('function');
  });
});

describe('readOutboxAfter', () => {
  it('returns one tenant only where it is named, from the cursor on', async () => {
    const before = await endOfOutbox();
    const tenantId = newId();
    const first = await tell(db, bookingFact({ tenant_id: tenantId }));
    await tell(db);
    const second = await tell(db, bookingFact({ tenant_id: tenantId }));
    await endOfOutbox();
    const rows = await readAllAfter(before, tenantId);
    expect(rows.map((row) => row.metadata.event_id)).toEqual([first, second]);
    expect(await readOutboxAfter(db.sql, rows[0]?.cursor ?? null, { tenantId })).toEqual([rows[1]]);
    expect(await readOutboxAfter(db.sql, rows[1]?.cursor ?? null, { tenantId })).toEqual([]);
  });

  it('puts a change that came later behind, whoever had the lower transaction id', async () => {
    const before = await endOfOutbox();
    const bookingId = newId();
    let second = '';
    const first = await inTransaction(db, async (early) => {
      // Its transaction id is drawn here, before the booking is changed by another one.
      await early.sql`select pg_current_xact_id()`;
      const id = await inTransaction(db, (late) => changeBooking(late, bookingId));
      await numberRows(db);
      second = await changeBooking(early, bookingId);
      return id;
    });
    await endOfOutbox();
    expect((await readAllAfter(before)).map((row) => row.metadata.event_id)).toEqual([first, second]);
  });

  it('does not wait for a transaction that stays open', async () => {
    const before = await endOfOutbox();
    await inTransaction(db, async (open) => {
      await announce(open, bookingFact(), occasion());
      const told = await tell(db);
      await numberRows(db);
      expect((await readAllAfter(before)).map((row) => row.metadata.event_id)).toEqual([told]);
    });
    await endOfOutbox();
    expect(await readAllAfter(before)).toHaveLength(2);
  });
});

describe('a reader that resumes by cursor', () => {
  it(`misses nothing of ${WRITERS} writers, and sees each booking's changes in order`, async () => {
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
            const eventId = await changeBooking(tx, bookingId);
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
    const numbering = (async () => {
      while (isWriting) {
        await Promise.all([numberRows(db), numberRows(db)]);
        await sleep(2);
      }
    })();
    const seen: OutboxRow[] = [];
    let cursor = start;
    let resumptions = 0;
    const reading = (async () => {
      while (isWriting || resumptions < RESUMPTIONS) {
        // All that a resumed reader knows is its cursor.
        const rows = await readOutboxAfter(db.sql, cursor, { limit: 1 + Math.floor(Math.random() * 9) });
        seen.push(...rows);
        cursor = rows.at(-1)?.cursor ?? cursor;
        resumptions += 1;
      }
    })();
    await Promise.all(Array.from({ length: WRITERS }, write));
    isWriting = false;
    await Promise.all([numbering, reading]);
    await endOfOutbox();
    seen.push(...(await readAllAfter(cursor)));

    expect(resumptions).toBeGreaterThanOrEqual(RESUMPTIONS);
    expect(seen.map((row) => row.metadata.event_id).toSorted()).toEqual([...committed].toSorted());
    const versions = new Map<string, number>();
    for (const { payload } of seen.map(factOfRow)) {
      const { booking_id: id, booking_version: version } = payload as {
        booking_id: string;
        booking_version: number;
      };
      expect(version).toBe((versions.get(id) ?? 0) + 1);
      versions.set(id, version);
    }
  }, 120_000);
});

describe('isOutboxCursor', () => {
  it.each(['0', '1', '999999999999999999'])('takes %s', (text) => expect(isOutboxCursor(text)).toBe(true));
  it.each(['', '-1', '01', '1.5', '1e3', ' 1', '9'.repeat(19), "0'; drop table outbox"])(
    'refuses %j',
    (text) => expect(isOutboxCursor(text)).toBe(false),
  );
});
