import { expect, test } from 'vitest';
import { deviceOf } from './devices.ts';

const MOZILLA = 'Mozilla/5.0';
const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${KIT} Chrome/142.0.0.0 Safari/537.36`, 'Chrome, Windows'],
  [`${MOZILLA} (Windows NT 10.0) ${KIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 'Edge, Windows'],
  [`${MOZILLA} (X11; Linux x86_64) ${KIT} Chrome/142.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera, Linux'],
  [
    `${MOZILLA} (Linux; Android 15; SM-S931B) ${KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet, Android',
  ],
  [`${MOZILLA} (Linux; Android 15) ${KIT} Chrome/142.0.0.0 Mobile Safari/537.36`, 'Chrome, Android'],
  [`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) ${KIT} Version/18.5 Safari/605.1.15`, 'Safari, macOS'],
  [
    `${MOZILLA} (iPad; CPU OS 18_5 like Mac OS X) ${KIT} CriOS/142.0 Mobile/15E148 Safari/604.1`,
    'Chrome, iPad',
  ],
  [`${MOZILLA} (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0`, 'Firefox, Linux'],
  ['Firefox/145.0', 'Firefox'],
  ['node', 'node'],
  ['Agenda da Clínica/2.1 (interno)', 'Agenda da Clínica/2.1 (interno)'],
  ['x'.repeat(300), 'x'.repeat(100)],
])('%s is shown as %s', (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});
