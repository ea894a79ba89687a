/** The release of the time zone database that this process computes with: Node's, or NODE_ICU_DATA's. */
import { registry } from '@libs/telemetry/metrics';
import type { Log } from '@libs/telemetry/log';
import { Gauge } from 'prom-client';

/** The newest release when this was written. Where a government has changed its clocks since, times in the future are an hour off. */
export const NEWEST_TIME_ZONE_DATA = '2026f';

const isOutdatedGauge = new Gauge({
  name: 'vaga_time_zone_data_outdated',
  help: `1 if the time zone data is older than ${NEWEST_TIME_ZONE_DATA}.`,
  registers: [registry],
});
const buildInfo = new Gauge({
  name: 'vaga_build_info',
  help: '1, with the versions of Node, ICU and the time zone data.',
  labelNames: ['node', 'icu', 'tz'],
  registers: [registry],
});

/** Releases sort as text: 2025c, 2026a. */
export const isOlder = (release: string | undefined): boolean => (release ?? '') < NEWEST_TIME_ZONE_DATA;

export function versions(): { node: string; icu: string; tz: string } {
  const { node, icu = 'none', tz = 'none' } = process.versions;
  return { node, icu, tz };
}

/**
 * Logs that the process serves, with its versions, and in production warns of time zone data that is older than NEWEST_TIME_ZONE_DATA. A
 * developer's machine has the data of its Node.
 */
export function announceServing(
  log: Log,
  { url, isProduction }: { url: string; isProduction: boolean },
): void {
  const found = versions();
  buildInfo.set(found, 1);
  isOutdatedGauge.set(isOlder(found.tz) ? 1 : 0);
  log.info({ url, ...found }, 'serving');
  if (!isOlder(found.tz)) return;
  const fields = { tz: found.tz, newest: NEWEST_TIME_ZONE_DATA };
  log[isProduction ? 'warn' : 'info'](fields, 'the time zone data is outdated: update Node');
}
