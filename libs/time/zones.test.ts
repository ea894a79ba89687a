import { describe, expect, it } from 'vitest';
import { canonicalTimeZone, isTimeZone } from './zones.ts';

describe('isTimeZone', () => {
  it('knows every zone of this machine, in the spelling it has', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(400);
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
  });
  it.each([
    'UTC',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'Etc/GMT+3',
    'GB-Eire',
  ])('knows %s', (zone) => expect(isTimeZone(zone)).toBe(true));
  it.each(['', '+03:00', '-03', 'Z', 'GMT+3', 'PST', 'Mars/Olympus', 'SystemV/AST4', 'Etc/Unknown'])(
    'does not know %j',
    (zone) => expect(canonicalTimeZone(zone)).toBeUndefined(),
  );
  it.each(['america/sao_paulo', 'utc', ' UTC', 'America/Sao_Paulo\n', 'America/Sao Paulo'])(
    'refuses the spelling %j',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );
});

describe('canonicalTimeZone', () => {
  it('mends the case of every zone, and leaves an alias that alias', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.filter((zone) => canonicalTimeZone(zone.toLowerCase()) !== zone)).toEqual([]);
    expect(canonicalTimeZone('asia/calcutta')).toBe('Asia/Calcutta');
    expect(canonicalTimeZone('ASIA/KOLKATA')).toBe('Asia/Kolkata');
  });
});
