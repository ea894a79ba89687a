/** A real Prometheus scrapes a running system, evaluates every alert, and answers every query of the dashboards. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { federation } from '@libs/testing/federation';
import type { ReplicatedPostgres } from '@libs/testing/standby';
import { testPort } from '@libs/testing/testPorts';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { createClient } from 'graphql-ws';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { replicatedBookings } from '../testing/replicatedBookings.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const OBSERVABILITY = fileURLToPath(new URL('../../observability', import.meta.url));
/** Debian's package `prometheus`, for example. */
const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
/** Several samples are read within it. */
const RATE_INTERVAL = '30s';
const ANSWER_LIMIT_MS = 60_000;

/** Metrics of what does not happen here, by a part of their query: they have no values yet. */
const NOT_HERE = [
  'vaga_rate_limited_total',
  'vaga_webhooks_disabled_total',
  'vaga_emails_total{result=~"failed|retried"',
  'outcome="error"',
  'vaga_db_statement_failures_total',
  'result="bypass"',
  'result=~"circuit_open|timeout"',
  'result!="ok"',
];

type Panel = { targets: { expr: string }[] };
const queries = readdirSync(path.join(OBSERVABILITY, 'grafana/dashboards')).flatMap((name) => {
  const text = readFileSync(path.join(OBSERVABILITY, 'grafana/dashboards', name), 'utf8');
  return (JSON.parse(text) as { panels: Panel[] }).panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', RATE_INTERVAL)),
  );
});

async function startPrometheus(ports: Record<string, number>): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-prometheus-'));
  const port = await testPort();
  const targets = Object.values(ports).map((one) => `127.0.0.1:${one}`);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [path.join(OBSERVABILITY, 'alerts.yml')],
    scrape_configs: [{ job_name: 'vaga', honor_labels: true, static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${port}`;
}

let servers: ReplicatedPostgres | undefined;
// Hooks run in reverse order: after the processes have ended.
afterAll(async () => {
  await servers?.standby.stop();
  await servers?.primary.stop();
});
/** With a replica, which has metrics of its own. */
const system = hasPrometheus
  ? await federation({
      async variablesFor() {
        servers = await replicatedBookings();
        const { primary, standby } = servers;
        return { BOOKING_DATABASE_URL: primary.url('booking'), BOOKING_REPLICA_URL: standby.url('booking') };
      },
    })
  : undefined;

test.skipIf(!system)('Prometheus answers every query of the dashboards, and no alert fires', async () => {
  const vaga = system!;
  const { gateway, tenant, user, resource, booking } = vaga.ports;
  const prometheus = await startPrometheus({ gateway, tenant, user, resource, booking });
  const setup = await setUpTenant(vaga, await vaga.signIn());
  const to = await receiver();
  const webhook = { url: to.url, events: ['BOOKING_CREATED'] };
  await mutate(vaga, setup.admin.token, 'createWebhook', webhook, 'webhook { id }');
  const client = createClient({
    url: `${vaga.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${setup.admin.token}` },
  });
  client.subscribe(
    { query: 'subscription Live { bookingChanged { cursor } }' },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  onTestFinished(() => client.dispose());

  let isRunning = true;
  const load = (async () => {
    for (let number = 0; isRunning; number += 1) {
      const input = {
        resourceId: setup.resourceId,
        startTime: daysAhead(10 + Math.floor(number / 12), 7 + (number % 12)),
        endTime: daysAhead(10 + Math.floor(number / 12), 8 + (number % 12)),
      };
      // Beyond what may be booked in advance it is refused, which is load too.
      await vaga.ask(
        'mutation Book($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }',
        { input },
        { token: setup.user.token },
      );
      await vaga.ask(
        'query Mine { bookings(first: 5) { nodes { id resource { name } } } }',
        {},
        { token: setup.user.token },
      );
      await vaga.ask('{ nothing }');
    }
  })();

  onTestFinished(async () => {
    isRunning = false;
    await load;
  });

  const ask = async <T>(resource: string): Promise<T> =>
    ((await (await fetch(`${prometheus}/api/v1/${resource}`)).json()) as { data: T }).data;
  const unanswered = async (): Promise<string[]> => {
    const empty: string[] = [];
    for (const expr of queries) {
      const data = await ask<{ result: unknown[] } | undefined>(`query?query=${encodeURIComponent(expr)}`);
      if (!data) empty.push(`not valid: ${expr}`);
      else if (data.result.length === 0 && !NOT_HERE.some((part) => expr.includes(part))) empty.push(expr);
    }
    return empty;
  };
  await expect
    .poll(() => unanswered().catch(() => ['Prometheus starts']), {
      timeout: ANSWER_LIMIT_MS,
      interval: 2_000,
    })
    .toEqual([]);

  type Rule = { name: string; health: string; state: string };
  const { groups } = await ask<{ groups: { rules: Rule[] }[] }>('rules');
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(20);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
});
