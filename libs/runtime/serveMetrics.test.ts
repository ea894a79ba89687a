import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@libs/telemetry/log';
import { registry, sampled } from '@libs/telemetry/metrics';
import { Gauge } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { EnvironmentError, readEnv } from './env.ts';
import { serveMetrics } from './serveMetrics.ts';
import { startTelemetry } from './telemetry.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function scraped(): Promise<(text: string) => boolean> {
  const port = await freePort();
  ends.push(await serveMetrics({ host: '127.0.0.1', port }));
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const text = await answer.text();
  return (line) => text.includes(line);
}

const gauge = new Gauge({
  name: 'test_sampled',
  help: 'For this test.',
  labelNames: ['of'],
  registers: [registry],
});

it('reads what needs a database when it is scraped, and at most once in 5 s', async () => {
  let reads = 0;
  ends.push(sampled(async () => [[gauge, { of: 'one' }, (reads += 1)]]));
  expect((await scraped())('test_sampled{of="one"} 1')).toBe(true);
  expect((await scraped())('test_sampled{of="one"} 1')).toBe(true);
  expect(reads).toBe(1);
});

it('says nothing of a gauge that cannot be read, or is no longer', async () => {
  ends.push(
    sampled(async () => {
      throw new Error('the database is down');
    }),
  );
  const end = sampled(async () => [[gauge, { of: 'ended' }, 1]]);
  expect((await scraped())('test_sampled{of="ended"} 1')).toBe(true);
  end();
  expect((await scraped())('of="ended"')).toBe(false);
});

it('a port that is taken is an error of the environment that names the variable', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  ends.push(() => taken.close());
  const env = { ...readEnv({}, { METRICS_PORT: String(portOf(taken)) }) };
  const started = startTelemetry('booking', {
    env: env as never,
    log: silentLog(),
    stops: { push: () => {} },
  });
  ends.push(() => registry.setDefaultLabels({}));
  await expect(started).rejects.toThrow(EnvironmentError);
  await expect(started).rejects.toThrow('METRICS_PORT or BOOKING_METRICS_PORT');
});
