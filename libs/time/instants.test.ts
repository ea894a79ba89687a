import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { formatInstant, formatLocal, formatWithOffset, parseDateTime, toInstant } from './instants.ts';

describe('parseDateTime', () => {
  it.each([
    ['2025-12-05T14:00:00.000Z', '2025-12-05T14:00:00.000Z'],
    ['2025-12-05T14:00Z', '2025-12-05T14:00:00.000Z'],
    ['2025-12-05t14:00:00z', '2025-12-05T14:00:00.000Z'],
    ['2025-12-05T11:00:00-03:00', '2025-12-05T14:00:00.000Z'],
    ['2025-12-05T23:59:59.999999999+05:45', '2025-12-05T18:14:59.999Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2200-12-31T23:59:59Z', '2200-12-31T23:59:59.000Z'],
  ])('parses %s as an instant', (text, utc) => {
    const value = parseDateTime(text);
    expect(value).toBeInstanceOf(Temporal.Instant);
    expect(formatInstant(value as Temporal.Instant)).toBe(utc);
  });

  it.each([
    ['2025-12-05T14:00', '2025-12-05T14:00:00'],
    ['2025-12-05T14:00:30.1239', '2025-12-05T14:00:30.123'],
  ])('parses %s as a local time', (text, local) => {
    const value = parseDateTime(text);
    expect(value).toBeInstanceOf(Temporal.PlainDateTime);
    expect(String(value)).toBe(local);
  });

  it.each([
    '',
    'tomorrow',
    '2025-12-05',
    '2025-12-05 14:00:00Z',
    '2025-12-05T14Z',
    '2025-12-05T24:00:00Z',
    '2025-12-05T14:60:00Z',
    '2016-12-31T23:59:60Z',
    '2025-02-29T10:00:00Z',
    '2025-02-29T10:00:00',
    '2025-13-01T10:00:00Z',
    '2025-12-05T14:00:00+24:00',
    '2025-12-05T14:00:00+0300',
    '2025-12-05T14:00:00-03:00[America/Sao_Paulo]',
    '2025-12-05T14:00:00.Z',
    '1969-12-31T23:59:59Z',
    '2201-01-01T00:00:00Z',
    '+012025-12-05T14:00:00Z',
    '-000001-12-05T14:00:00Z',
  ])('refuses %j', (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });
});

describe('toInstant', () => {
  const inZone = (text: string, zone: string) => formatInstant(toInstant(parseDateTime(text)!, zone));

  it('returns an instant unchanged', () => {
    expect(inZone('2025-12-05T14:00:00Z', 'Asia/Kathmandu')).toBe('2025-12-05T14:00:00.000Z');
  });
  it('reads a local time in the zone', () => {
    expect(inZone('2025-12-05T14:00', 'Asia/Kathmandu')).toBe('2025-12-05T08:15:00.000Z');
  });
  it('moves a time in a DST gap later by the length of the gap', () => {
    expect(inZone('2027-03-14T02:30', 'America/New_York')).toBe('2027-03-14T07:30:00.000Z');
    expect(inZone('2026-10-04T02:10', 'Australia/Lord_Howe')).toBe('2026-10-03T15:40:00.000Z');
  });
  it('chooses the earlier instant of a time that occurs twice', () => {
    expect(inZone('2027-11-07T01:30', 'America/New_York')).toBe('2027-11-07T05:30:00.000Z');
  });
});

describe('formatLocal', () => {
  it('shows the UTC offset of the zone at that instant', () => {
    const local = (utc: string, zone: string) => formatLocal(Temporal.Instant.from(utc), zone);
    expect(local('2025-12-05T14:00:00Z', 'America/Sao_Paulo')).toBe('2025-12-05T11:00:00-03:00');
    expect(local('2027-11-07T05:30:00Z', 'America/New_York')).toBe('2027-11-07T01:30:00-04:00');
    expect(local('2027-11-07T06:30:00Z', 'America/New_York')).toBe('2027-11-07T01:30:00-05:00');
    expect(local('2025-12-05T14:00:00Z', 'UTC')).toBe('2025-12-05T14:00:00+00:00');
  });
});

describe('formatInstant and formatWithOffset', () => {
  it('write what Date does, for whole minutes and others, at any time and offset', () => {
    const MINUTE_MS = 60_000;
    const anyMs = fc.integer({ min: -1e12, max: 1e13 });
    const minutes = anyMs.map((epochMs) => epochMs - (epochMs % MINUTE_MS));
    const offsets = fc.integer({ min: -720, max: 840 });
    fc.assert(
      fc.property(fc.oneof(anyMs, minutes), offsets, (epochMs, offset) => {
        const local = new Date(epochMs + offset * MINUTE_MS).toISOString();
        expect(formatInstant(epochMs)).toBe(new Date(epochMs).toISOString());
        expect(formatWithOffset(epochMs, offset * MINUTE_MS).slice(0, -6)).toBe(local.slice(0, -5));
      }),
    );
  });
});
