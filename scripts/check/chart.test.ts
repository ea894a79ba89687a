/** deploy/helm/vaga: what it renders is valid for Kubernetes and keeps our rules, with each of its values files. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { STOP_TIMEOUT_MS } from '@libs/runtime/run';
import { databaseUrlVariable, PROCESSES, SUBGRAPHS, type ProcessName } from '@libs/runtime/subgraphs';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubernetesProblems } from './kubernetesSchema.ts';
import { sourceFiles } from './laws.ts';
import { CHART, chartRenderer, mergeValues, valuesIn, type Manifest, type Values } from './renderChart.ts';

const root = new URL('../..', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

type Variable = { name: string; value?: string; valueFrom?: { secretKeyRef: object } };
type Container = {
  name: string;
  command: string[];
  env: Variable[];
  resources: { requests: object; limits: object };
  securityContext: object;
  [probe: string]: unknown;
};
type Process = { calledBy: string[]; environment?: object };

/** What an operator must say; the entries are on to be rendered. */
const GIVEN: Values = {
  processes: { gateway: { environment: { CORS_ORIGINS: 'https://app.example' } } },
  ingress: { enabled: true, hosts: ['api.example'], tls: [{ hosts: ['api.example'], secretName: 'tls' }] },
  httpRoute: { enabled: true, parentRefs: [{ name: 'edge' }], hostnames: ['api.example'] },
};
const SECRETS =
  /^SECRET_KEY|^PROCESS_KEYS$|PASSWORD|PRIVATE_KEY|_DATABASE_URL$|_REPLICA_URL$|^REDIS_URL$|^SMTP_URL$/;

const defaults = valuesIn('values.yaml');
const files = readdirSync(CHART).filter((name) => /^values.*\.yaml$/.test(name));
const valuesOf = (file: string) => (file === 'values.yaml' ? GIVEN : mergeValues(valuesIn(file), GIVEN));
const isValid = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as object,
);
const processes = defaults['processes'] as Record<ProcessName, Process>;

test('there are values for small and large installations', () => {
  expect(files).toEqual(expect.arrayContaining(['values.yaml', 'values-small.yaml', 'values-large.yaml']));
});

test.each(files)('%s fits values.schema.json', (file) => {
  isValid(mergeValues(defaults, valuesOf(file)));
  expect(isValid.errors).toBeNull();
});

test.each([
  ['a secret among the plain values', { environment: { SECRET_KEY: 'a' } }],
  ['a secret that is no reference', { secretEnvironment: { SECRET_KEY: 'a' } }],
  ['a misspelled key', { processes: { gateway: { replica: 2 } } }],
  ['a number that YAML would write in its own way', { environment: { CACHE_TTL_SETTINGS: 300 } }],
  ['an ingress without hosts', { ingress: { enabled: true } }],
  ['a disruption budget with two limits', { podDisruptionBudget: { minAvailable: 1 } }],
])('values.schema.json refuses %s', (_, values) => {
  expect(isValid(mergeValues(defaults, values))).toBe(false);
});

/** Who sends requests to a process, by its code. */
function callersOf(callee: ProcessName): string[] {
  const callers = SUBGRAPHS.filter((name) =>
    sourceFiles(root.pathname).some(
      ({ path, text }) =>
        // `runSubgraph` asks the user subgraph for callers with SUBGRAPH_TRUST=token only.
        (path.startsWith(`subgraphs/${name}/`) || (path.startsWith('libs/subgraph/') && callee !== 'user')) &&
        !/\.(test|fixtures)\.ts$/.test(path) &&
        text.includes(`subgraph('${callee}')`),
    ),
  );
  return callee === 'gateway' ? [] : ['gateway', ...callers.filter((name) => name !== callee)];
}

test.each(PROCESSES)('calledBy of %s names the processes that call it', (name) => {
  expect([...processes[name].calledBy].sort()).toEqual(callersOf(name).sort());
});

const renderer = chartRenderer();
afterAll(() => renderer?.close());

const containersOf = ({ kind, spec }: Manifest): Container[] => {
  const template = (spec as { template?: { spec: { containers: Container[] } } }).template;
  return kind === 'Deployment' || kind === 'Job' ? template!.spec.containers : [];
};
const named = (objects: Manifest[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === `vaga-${name}`)!;

describe.skipIf(!renderer).each(files)('rendered with %s (needs helm, or Go and sprig)', (file) => {
  const { text, objects } = renderer?.render(valuesOf(file)) ?? { text: '', objects: [] };
  const containers = objects.flatMap(containersOf);
  const serving = containers.filter(({ name }) => name !== 'migration');

  test('every object is valid for Kubernetes', () => {
    expect(objects.flatMap(kubernetesProblems)).toEqual([]);
  });

  test('every process has a Deployment, a Service, a disruption budget and a network policy', () => {
    for (const kind of ['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy']) {
      expect(PROCESSES.filter((name) => !named(objects, kind, name))).toEqual([]);
    }
    expect(containers.map(({ name }) => name).sort()).toEqual([...PROCESSES, 'migration'].sort());
  });

  test.each([...PROCESSES, 'migration'])('%s runs its bundle without any right', (name) => {
    const container = containers.find((one) => one.name === name)!;
    expect(container.command.at(-1)).toBe(`dist/${name === 'migration' ? 'migrate' : name}.js`);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const kind of ['requests', 'limits'] as const) {
      expect(Object.keys(container.resources[kind]).sort()).toEqual(['cpu', 'memory']);
    }
    const kind = name === 'migration' ? 'Job' : 'Deployment';
    expect(named(objects, kind, name).spec).toMatchObject({
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        },
      },
    });
  });

  test('every process has its probes', () => {
    expect(serving).toHaveLength(PROCESSES.length);
    for (const { startupProbe, livenessProbe, readinessProbe } of serving) {
      expect([startupProbe, livenessProbe, readinessProbe]).toMatchObject([
        { httpGet: { path: '/health' } },
        { httpGet: { path: '/health' } },
        { httpGet: { path: '/ready' } },
      ]);
    }
  });

  test('a process has the time that it needs to stop', () => {
    for (const name of PROCESSES) {
      const { spec } = (
        named(objects, 'Deployment', name).spec as never as {
          template: {
            spec: {
              terminationGracePeriodSeconds: number;
              containers: [{ lifecycle: { preStop: { exec: { command: [string, string] } } } }];
            };
          };
        }
      ).template;
      const preStopSeconds = Number(spec.containers[0].lifecycle.preStop.exec.command[1]);
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(preStopSeconds + STOP_TIMEOUT_MS / 1_000);
    }
  });

  test('pods that are not ready never block the drain of a node', () => {
    for (const name of PROCESSES) {
      expect(named(objects, 'PodDisruptionBudget', name).spec).toMatchObject({
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      });
    }
  });

  test('replicas are said once: by the Deployment or by its autoscaler', () => {
    for (const name of PROCESSES) {
      const { replicas } = named(objects, 'Deployment', name).spec as { replicas?: number };
      expect(replicas === undefined).toBe(named(objects, 'HorizontalPodAutoscaler', name) !== undefined);
    }
  });

  test('.env.example knows every variable', () => {
    const known = new Set(
      [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name),
    );
    const set = containers.flatMap(({ env }) => env.map(({ name }) => name));
    expect(set.filter((name) => !known.has(name))).toEqual([]);
    for (const { env } of containers) {
      expect(env.map(({ name }) => name)).toEqual([...new Set(env.map(({ name }) => name))]);
    }
  });

  test.each(PROCESSES)('%s has what docker-compose.yml gives it, and no database but its own', (name) => {
    const { env } = serving.find((one) => one.name === name)!;
    const has = new Map(env.map((variable) => [variable.name, variable]));
    // There databases are addressed by parts; here by URLs, in Secrets.
    const common = Object.entries(composeEnvironment(name)).filter(([one]) => !one.startsWith('POSTGRES_'));
    for (const [variable, text] of common) {
      const [, byDefault, required] = /^\$\{\w+(?::-(.*)|(:\?.*))\}$/.exec(text) ?? [];
      const { value } = has.get(variable) ?? {};
      if (byDefault) expect([variable, value]).toEqual([variable, byDefault]);
      if (required) expect([...has.keys()]).toContain(variable);
      if (variable.endsWith('_PORT')) expect(value).toBe(text);
      if (variable.endsWith('_SERVICE_URL')) expect(value).toBe(text.replace('http://', 'http://vaga-'));
    }
    const databases = [...has.keys()].filter((variable) => variable.endsWith('_DATABASE_URL'));
    expect(databases).toEqual(name === 'gateway' ? [] : [databaseUrlVariable(name)]);
  });

  test('the migration has the four databases and no key', () => {
    const { env } = containers.find(({ name }) => name === 'migration')!;
    expect(env.map(({ name }) => name).sort()).toEqual(SUBGRAPHS.map(databaseUrlVariable).sort());
    expect(named(objects, 'Job', 'migration').metadata).toMatchObject({
      annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' },
    });
  });

  test('no secret is in the text: they are references', () => {
    const secret = containers.flatMap(({ env }) => env.filter(({ name }) => SECRETS.test(name)));
    expect(secret.filter(({ value, valueFrom }) => value !== undefined || !valueFrom?.secretKeyRef)).toEqual(
      [],
    );
    expect(secret.length).toBeGreaterThan(0);
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
    expect(text).not.toMatch(/(postgres|rediss?|smtps?):\/\//);
  });

  test.each(PROCESSES)('%s is reached by its callers only, and each of them may reach it', (name) => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(policyOf);
    const { from, port } = policies.find((policy) => policy.name === name)!;
    expect(from).toEqual(name === 'gateway' ? undefined : processes[name].calledBy);
    const reaching = policies.filter(({ to }) => to.includes(`${name}:${port}`)).map((policy) => policy.name);
    expect(reaching.sort()).toEqual([...processes[name].calledBy].sort());
  });

  test('only webhooks and mail reach the internet, and nothing reaches private addresses', () => {
    const open = objects.filter(({ spec }) => JSON.stringify(spec).includes('0.0.0.0/0'));
    expect(open.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['NetworkPolicy', 'vaga-tenant'],
      ['NetworkPolicy', 'vaga-user'],
    ]);
    for (const { spec } of open) {
      expect(JSON.stringify(spec)).toMatch(/"except":\[[^\]]*"10\.0\.0\.0\/8"[^\]]*"169\.254\.0\.0\/16"/);
    }
  });
});

describe.skipIf(!renderer)('rendering (needs helm, or Go and sprig)', () => {
  test('the gateway needs CORS_ORIGINS in production', () => {
    expect(() => renderer!.render({})).toThrow('CORS_ORIGINS');
  });

  test('with SUBGRAPH_TRUST=token every subgraph may ask the user subgraph for callers', () => {
    const { objects } = renderer!.render(mergeValues(GIVEN, { environment: { SUBGRAPH_TRUST: 'token' } }));
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(policyOf);
    const others = PROCESSES.filter((name) => name !== 'user').sort();
    expect(policies.find(({ name }) => name === 'user')!.from!.sort()).toEqual(others);
    expect(
      policies
        .filter(({ to }) => to.includes('user:4002'))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(others);
  });

  test('keys of single processes take the place of SECRET_KEY', () => {
    const own = (name: string) => ({
      secretEnvironment: { PROCESS_KEYS: { name: `vaga-${name}`, key: 'PROCESS_KEYS' } },
    });
    const { objects } = renderer!.render(
      mergeValues(GIVEN, {
        secretEnvironment: { REDIS_URL: { name: 'redis', key: 'url' }, SECRET_KEY: null },
        processes: Object.fromEntries(PROCESSES.map((name) => [name, own(name)])),
      }),
    );
    for (const name of PROCESSES) {
      const [{ env }] = containersOf(named(objects, 'Deployment', name)) as [Container];
      const secrets = env.filter(({ valueFrom }) => valueFrom).map((variable) => variable.name);
      expect(secrets).toContain('PROCESS_KEYS');
      expect(secrets).not.toContain('SECRET_KEY');
    }
  });
});

test.each([
  ['an unknown field', (deployment: Manifest) => Object.assign(deployment.spec, { replica: 1 })],
  ['a missing field', (deployment: Manifest) => delete (deployment.spec as { selector?: object }).selector],
  [
    'a field of the wrong type',
    (deployment: Manifest) => Object.assign(deployment.spec, { replicas: 'two' }),
  ],
])('the schema of Kubernetes refuses %s', (_, spoil) => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: {} },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
  } as never as Manifest;
  expect(kubernetesProblems(deployment)).toEqual([]);
  spoil(deployment);
  expect(kubernetesProblems(deployment)).not.toEqual([]);
});

function composeEnvironment(name: ProcessName): Record<string, string> {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string> }>;
  };
  return services[name]!.environment;
}

type Labels = { podSelector: { matchLabels: Record<string, string> } };
type Rule = { from?: Labels[]; to?: Labels[]; ports: { port: number }[] };

/** The component that a policy is for, who may reach it, and `component:port` of what it may reach. */
function policyOf({ spec }: Manifest) {
  const { podSelector, ingress, egress } = spec as never as Labels & { ingress: Rule[]; egress: Rule[] };
  const componentOf = (one: Labels) => one.podSelector?.matchLabels['app.kubernetes.io/component'] ?? '';
  return {
    name: componentOf({ podSelector }),
    port: ingress[0]?.ports[0]!.port,
    from: ingress[0]?.from?.map(componentOf),
    to: egress.flatMap(({ to = [], ports }) =>
      to.flatMap((peer) =>
        componentOf(peer) ? ports.map(({ port }) => `${componentOf(peer)}:${port}`) : [],
      ),
    ),
  };
}
