import { createLog } from '@libs/telemetry/log';
import { metricValue } from '@libs/testing/metricValue';
import { expect, it } from 'vitest';
import { announceServing, isOlder, NEWEST_TIME_ZONE_DATA, versions } from './timeZoneData.ts';

it('a release is older than the newest by its year, then by its letter', () => {
  const year = Number(NEWEST_TIME_ZONE_DATA.slice(0, 4));
  for (const older of [`${year - 1}z`, `${year}`, undefined]) expect(isOlder(older)).toBe(true);
  for (const newer of [NEWEST_TIME_ZONE_DATA, `${year}z`, `${year + 1}a`]) expect(isOlder(newer)).toBe(false);
});

it('a process says with its start which data it computes with, and warns if that is outdated', async () => {
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line) => void lines.push(line) });
  announceServing(log, { url: 'http://127.0.0.1:1', isProduction: true });
  const { tz } = versions();
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 30, msg: 'serving', tz });
  const isOutdated = isOlder(tz);
  expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual(
    isOutdated ? [30, 40] : [30],
  );
  expect(await metricValue('vaga_time_zone_data_outdated')).toBe(isOutdated ? 1 : 0);
  expect(await metricValue('vaga_build_info', { tz })).toBe(1);
});
