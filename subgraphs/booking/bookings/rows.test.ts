import { bookings, type BookingRow } from '@drizzle/booking/tables';
import { getTableColumns } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { bookingFormat, type RawBooking } from './rows.ts';

const instant = (text: string) => Temporal.Instant.from(text);
const row: BookingRow = {
  id: 'b1',
  tenantId: 't1',
  resourceId: 'r1',
  userId: 'u1',
  clientId: 'u1',
  seriesId: null,
  startTime: instant('2027-01-06T13:00Z'),
  endTime: instant('2027-01-06T14:00Z'),
  localStart: null,
  localEnd: null,
  timezone: null,
  status: 'PENDING',
  additionalResources: null,
  seats: 1,
  isSession: false,
  bufferBefore: 0,
  bufferAfter: 0,
  notes: null,
  metadata: {},
  source: 'USER',
  override: null,
  originalStart: null,
  isException: false,
  holdId: null,
  decisionDeadline: null,
  approvalDeadline: null,
  decisionReason: null,
  cancelledBy: null,
  cancellationReason: null,
  version: 1,
  createdAt: instant('2027-01-04T12:00Z'),
  updatedAt: instant('2027-01-04T12:00Z'),
};
const other: Required<BookingRow> = {
  id: 'b2',
  tenantId: 't2',
  resourceId: 'r2',
  userId: 'u2',
  clientId: 'u2',
  seriesId: 's2',
  startTime: instant('2027-01-06T13:00:00.001Z'),
  endTime: instant('2027-01-06T14:00:00.001Z'),
  localStart: '2027-01-06T10:00:00.001',
  localEnd: '2027-01-06T11:00:00.001',
  timezone: 'America/Sao_Paulo',
  status: 'CONFIRMED',
  additionalResources: [{ resourceId: 'r3', seats: 1, bufferBefore: 0, bufferAfter: 0 }],
  seats: 2,
  isSession: true,
  bufferBefore: 5,
  bufferAfter: 10,
  notes: '',
  metadata: { room: 'blue' },
  source: 'STAFF',
  override: { rules: ['CLOSED'], reason: 'Party', by: 'u2', at: '2027-01-04T12:00:00.000Z' },
  originalStart: instant('2027-01-06T13:00Z'),
  isException: true,
  holdId: 'h2',
  decisionDeadline: instant('2027-01-06T13:00Z'),
  approvalDeadline: instant('2027-01-06T14:00Z'),
  decisionReason: 'Full',
  cancelledBy: 'u2',
  cancellationReason: 'Viagem',
  version: 2,
  createdAt: instant('2027-01-04T12:00:00.001Z'),
  updatedAt: instant('2027-01-04T12:00:00.001Z'),
};
/** Columns that only SQL uses. */
const SQL_ONLY = ['occupies', 'allocatedBy', 'confirmedSince'];
const columns = Object.keys(getTableColumns(bookings)).filter((name) => !SQL_ONLY.includes(name));

describe('the comparison that decides whether an update changes anything', () => {
  it.each(columns)('notices another %s', (name) => {
    const changed = { ...row, [name]: other[name as keyof BookingRow] };
    expect(bookingFormat.changed(row, changed)).toEqual([name]);
  });

  it('finds equal instants equal', () => {
    const same = { ...row, startTime: row.startTime.add({ seconds: 0 }) };
    expect(bookingFormat.changed(row, same)).toEqual([]);
  });
});

describe('a row', () => {
  it('is read back as it was written, column by column', () => {
    const written = bookingFormat.toJson(other) as Record<string, unknown>;
    expect(Object.keys(written).sort()).toEqual(columns.map(toSnakeCase).sort());
    const raw = Object.fromEntries(columns.map((name) => [name, written[toSnakeCase(name)]]));
    expect(bookingFormat.fromRaw(raw as RawBooking)).toEqual(other);
  });
});
