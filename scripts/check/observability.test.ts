/** Alerts, dashboards and their documentation name what the processes serve. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { registry } from '@libs/telemetry/metrics';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { sourceFiles } from './laws.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const fileAt = (name: string) => path.join(ROOT, name);
const read = (name: string) => readFileSync(fileAt(name), 'utf8');

type Alert = {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
};
type Dashboard = { title: string; panels: { title: string; targets: { expr: string }[] }[] };

const ALERTS_FILE = 'observability/alerts.yml';
const alerts = (parse(read(ALERTS_FILE)) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const DASHBOARDS = 'observability/grafana/dashboards';
const dashboards = readdirSync(fileAt(DASHBOARDS)).map(
  (name) => JSON.parse(read(`${DASHBOARDS}/${name}`)) as Dashboard,
);
const queries = [
  ...alerts.map(({ alert, expr }) => ({ name: alert, expr })),
  ...dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.targets.map(({ expr }) => ({ name: `${title}: ${panel.title}`, expr }))),
  ),
];

/** Every file that makes a metric, loaded: by what it registers, a process serves it. */
for (const { path: file, text } of sourceFiles(ROOT))
  if (/new (Counter|Gauge|Histogram)\(/.test(text) && !file.endsWith('.test.ts')) await import(fileAt(file));
const ofNode = new Registry();
collectDefaultMetrics({ register: ofNode });
const labelsByMetric = new Map<string, readonly string[]>(
  [...registry.getMetricsAsArray(), ...ofNode.getMetricsAsArray()].map((metric) => {
    const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: readonly string[] };
    return [name, labelNames];
  }),
);
const own = [...labelsByMetric.keys()].filter((name) => name.startsWith('vaga_'));

/** Given to every metric by the process, and by Prometheus. */
const COMMON_LABELS = ['service', 'instance', 'job', 'le'];
const METRIC = /\b((?:vaga|nodejs|process)_\w+?)(?:_bucket|_count|_sum)?(?=[{[\s)(,]|$)(?:\{([^}]*)\})?/g;
const metricsIn = (expr: string) =>
  [...expr.matchAll(METRIC)].map(([, name, selector = '']) => ({
    name: name!,
    labels: [...selector.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label]) => label!),
  }));

test('alerts and dashboards ask for metrics and labels that exist', () => {
  const wrong = queries.flatMap(({ name: where, expr }) => {
    const used = metricsIn(expr);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names]) => names!.split(/,\s*/));
    return used.flatMap(({ name, labels }) => {
      const known = labelsByMetric.get(name);
      if (!known) return [`${where}: ${name}`];
      const unknown = labels.filter((label) => ![...COMMON_LABELS, ...known].includes(label));
      // Each of several metrics in one query may be grouped by its own labels.
      const all = used.flatMap((one) => labelsByMetric.get(one.name) ?? []);
      unknown.push(...grouped.filter((label) => ![...COMMON_LABELS, ...all].includes(label)));
      return unknown.map((label) => `${where}: ${name} has no ${label}`);
    });
  });
  expect(queries.length).toBeGreaterThan(60);
  expect(queries.filter(({ expr }) => metricsIn(expr).length === 0).map(({ expr }) => expr)).toEqual(
    queries.filter(({ expr }) => /\bup\{/.test(expr)).map(({ expr }) => expr),
  );
  expect(wrong).toEqual([]);
});

test('each of our metrics is on a dashboard or in an alert, and documented', () => {
  const used = new Set(queries.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name)));
  expect(own.filter((name) => !used.has(name))).toEqual([]);
  const documented = new Set(
    [...read('docs/observability.md').matchAll(/`(vaga_\w+)`/g)].map(([, name]) => name),
  );
  expect(own.filter((name) => !documented.has(name))).toEqual([]);
  expect([...documented].filter((name) => !own.includes(name!))).toEqual([]);
});

describe('an alert', () => {
  const anchors = [...read('docs/runbook.md').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  );

  test.each(alerts)('$alert says what is wrong, how urgent it is, and where to read what to do', (alert) => {
    expect(alert.annotations.summary).not.toBe('');
    expect(['page', 'ticket']).toContain(alert.labels.severity);
    const [file, anchor] = alert.annotations.runbook.split('#');
    expect(file).toBe('docs/runbook.md');
    expect(anchors).toContain(anchor);
  });
});

/** `for` is as long as the window at least: one increment of a counter is in the rate for no longer than the window. */
test('no alert fires for one failure because it stays in the window', () => {
  const rated = alerts.flatMap(({ alert, expr, for: wait = '0m' }) =>
    [...expr.matchAll(/\brate\([^[]*\[(\d+)m\]/g)].map(([, minutes]) => ({
      alert,
      window: Number(minutes),
      wait: Number.parseInt(wait, 10),
    })),
  );
  expect(rated.length).toBeGreaterThan(10);
  expect(rated.filter(({ window, wait }) => wait < window)).toEqual([]);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-rules-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SCRAPE_SECONDS = 15;
type RuleTest = {
  name: string;
  /** In the notation of promtool, a value each 15 s. */
  series: Record<string, string>;
  minutes: number;
  firing: { alertname: string; service?: string; subgraph?: string }[];
};
const PROCESSES = ['gateway', ...SUBGRAPHS];
/** Everything is well for two hours. */
const healthy = Object.fromEntries([
  ...PROCESSES.map((service) => [`up{job="vaga",service="${service}",instance="${service}:9464"}`, '1x480']),
  ...SUBGRAPHS.map((service) => [`vaga_outbox_unpublished{service="${service}"}`, '0x480']),
]) as Record<string, string>;
const calls = (result: string) =>
  `vaga_subgraph_call_duration_seconds_count{service="gateway",subgraph="booking",result="${result}"}`;
const reads = (result: string) =>
  `vaga_cache_reads_total{service="booking",cache="settings",result="${result}"}`;

const ruleTests: RuleTest[] = [
  { name: 'all is well', series: healthy, minutes: 20, firing: [] },
  ...PROCESSES.map((service) => ({
    name: `${service} is not found any more: its name has no address`,
    series: { ...healthy, [`up{job="vaga",service="${service}",instance="${service}:9464"}`]: '1x40 stale' },
    minutes: 20,
    firing: [{ alertname: 'ServiceDown', service }],
  })),
  {
    name: 'one of two gateways does not answer',
    series: { ...healthy, 'up{job="vaga",service="gateway",instance="other"}': '1x40 0x100' },
    minutes: 20,
    firing: [{ alertname: 'ProcessDown', service: 'gateway' }],
  },
  ...[12, 13, 14, 15].map((minutes) => ({
    name: `one call has timed out, and one read went past the cache, among few, by minute ${minutes}`,
    series: {
      ...healthy,
      [calls('timeout')]: '3x44 4x80',
      [calls('ok')]: '0+1x200',
      [reads('bypass')]: '3x44 4x80',
      [reads('hit')]: '0+1x200',
    },
    minutes,
    firing: [],
  })),
  {
    name: 'few of many calls time out',
    series: { ...healthy, [calls('timeout')]: '0+1x200', [calls('ok')]: '0+100x200' },
    minutes: 20,
    firing: [],
  },
  {
    name: 'a service hangs, and Redis is lost',
    series: {
      ...healthy,
      [calls('circuit_open')]: '0x40 1+1x100',
      [calls('ok')]: '0+1x40 40x100',
      [reads('bypass')]: '0x40 1+1x100',
      [reads('hit')]: '0+1x40 40x100',
    },
    minutes: 20,
    firing: [
      { alertname: 'ServiceHangs', subgraph: 'booking' },
      { alertname: 'RedisLost', service: 'booking' },
    ],
  },
];

test.skipIf(!hasPromtool).each(ruleTests)('$name', ({ series, minutes, firing }) =>
  inFolder((folder) => {
    const file = path.join(folder, 'test.yml');
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const promql_expr_test = [
      {
        expr: 'count by (alertname, service, subgraph) (ALERTS{alertstate="firing"})',
        eval_time: `${minutes}m`,
        exp_samples: firing.map((labels) => ({
          labels: `{${Object.entries(labels)
            .map(([name, value]) => `${name}="${value}"`)
            .join(',')}}`,
          value: 1,
        })),
      },
    ];
    const interval = `${SCRAPE_SECONDS}s`;
    writeFileSync(
      file,
      stringify({
        rule_files: [fileAt(ALERTS_FILE)],
        evaluation_interval: interval,
        tests: [{ interval, input_series, promql_expr_test }],
      }),
    );
    const { status, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  }),
);

test.skipIf(!hasPromtool)(
  'promtool accepts the configuration, the alerts and every query of a dashboard',
  () =>
    inFolder((folder) => {
      const rules = queries.map(({ expr }, index) => ({
        record: `query_${index}`,
        expr: expr.replaceAll('$__rate_interval', '5m'),
      }));
      const file = path.join(folder, 'queries.yml');
      writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
      execFileSync('promtool', ['check', 'rules', file, fileAt(ALERTS_FILE)], { stdio: 'pipe' });
      execFileSync('promtool', ['check', 'config', fileAt('observability/prometheus.yml')], {
        stdio: 'pipe',
      });
    }),
);
