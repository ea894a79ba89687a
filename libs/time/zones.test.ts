import { describe, expect, it } from 'vitest';
import { canonicalTimeZone } from './zones.ts';

describe('canonicalTimeZone', () => {
  it('accepts every zone name of this machine', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(400);
    expect(zones.filter((zone) => canonicalTimeZone(zone) !== zone)).toEqual([]);
  });
  it.each([
    'UTC',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'Etc/GMT+3',
    'GB-Eire',
  ])('accepts %s', (zone) => expect(canonicalTimeZone(zone)).toBe(zone));
  it.each(['', '+03:00', '-03', 'Z', 'GMT+3', 'PST', 'Mars/Olympus', 'SystemV/AST4', 'Etc/Unknown'])(
    'rejects %j as an unknown zone',
    (zone) => expect(canonicalTimeZone(zone)).toBeUndefined(),
  );
  it.each(['america/sao_paulo', 'utc', ' UTC', 'America/Sao_Paulo\n', 'America/Sao Paulo'])(
    'does not keep the spelling %j',
    (zone) => expect(canonicalTimeZone(zone)).not.toBe(zone),
  );
  it('corrects the capitalization of every zone and keeps aliases', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.filter((zone) => canonicalTimeZone(zone.toLowerCase()) !== zone)).toEqual([]);
    expect(canonicalTimeZone('asia/calcutta')).toBe('Asia/Calcutta');
    expect(canonicalTimeZone('ASIA/KOLKATA')).toBe('Asia/Kolkata');
  });
});
