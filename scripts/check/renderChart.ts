/** Renders the Helm chart with helm, or where that is missing with renderChart.go and Debian's Go and sprig. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CHART = `${ROOT}deploy/helm/vaga`;
const RELEASE = 'vaga';
/** Debian's folder of Go packages. */
const GO_PACKAGES = '/usr/share/gocode';

export type Values = { [key: string]: unknown };
export type Rendered = { text: string; objects: Manifest[] };
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  spec: Record<string, never>;
};

const isInstalled = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

function goRenderer(folder: string): string[] {
  const program = path.join(folder, 'renderChart');
  execFileSync('go', ['build', '-o', program, 'scripts/check/renderChart.go'], {
    cwd: ROOT,
    env: {
      ...process.env,
      GO111MODULE: 'off',
      GOPATH: GO_PACKAGES,
      GOFLAGS: '',
      GOCACHE: path.join(folder, 'cache'),
    },
  });
  return [program];
}

/** Undefined where neither helm nor Go with sprig is installed. */
export function chartRenderer(): { render(values: Values): Rendered; close(): void } | undefined {
  const hasHelm = isInstalled('helm', 'version', '--short');
  if (!hasHelm) {
    if (!existsSync(`${GO_PACKAGES}/src/github.com/Masterminds/sprig`) || !isInstalled('go', 'version'))
      return undefined;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-chart-'));
  const [command, ...args] = hasHelm ? ['helm', 'template', RELEASE, CHART, '--values'] : goRenderer(folder);
  return {
    render(values) {
      const file = path.join(folder, 'values.json');
      writeFileSync(file, JSON.stringify(values));
      const text = execFileSync(command!, hasHelm ? [...args, file] : [CHART, RELEASE, file], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      const documents = parseAllDocuments(text) as { toJS(): Manifest | null }[];
      return { text, objects: documents.flatMap((document) => document.toJS() ?? []) };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const valuesIn = (file: string): Values =>
  parse(readFileSync(path.join(CHART, file), 'utf8'), { merge: true }) as Values;

/** As Helm does: objects are merged, null removes a key, anything else replaces. */
export function mergeValues(base: Values, over: Values): Values {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const existing = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) && isObject(existing) ? mergeValues(existing, value) : value;
  }
  return merged;
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
