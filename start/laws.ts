/**
 * The laws of the house (ARCHITECTURE.md): which file may import which, and where clock, environment and console may be touched.
 * `npm run laws` checks every source file and exits with 1 where one is broken; `laws.test.ts` plants a violation of each.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { parseSync, Visitor } from 'oxc-parser';

/** Each library may import only those before it. `testing` is for tests and commands alone. */
export const LADDER = [
  'time',
  'outcome',
  'telemetry',
  'auth',
  'db',
  'cache',
  'runtime',
  'queue',
  'events',
  'graphql',
  'directory',
  'subgraph',
  'servers',
  'testing',
] as const;

export type SourceFile = { path: string; text: string };
export type Violation = { path: string; law: string; what: string };

/** A file's room: what it is, from its path alone. */
type Kind = 'test' | 'door' | 'pure' | 'store' | 'verb' | 'other';

const PURE_FILES = /\/(rules|status|recurrence|access|slots|parties|settings|permissions|schedules?)\.ts$/;

function kindOf(path: string): Kind {
  if (/\.test\.ts$|\/e2e\/|^libs\/testing\/|\.bench\.ts$|\/(examples|historyCheck)\.ts$/.test(path))
    return 'test';
  if (!path.startsWith('subgraphs/')) return 'other';
  if (/\/resolvers\.ts$|\/reactions\.ts$/.test(path)) return 'door';
  if (/\/store\.ts$|Store\.ts$/.test(path)) return 'store';
  if (PURE_FILES.test(path)) return 'pure';
  // subgraphs/<name>/<noun>/<aVerb>.ts: camelCase names one verb.
  return /^subgraphs\/\w+\/\w+\/[a-z]+[A-Z]\w*\.ts$/.test(path) ? 'verb' : 'other';
}

/** The path in this repository that an import leads to, or the package's name. */
function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier));
  const workspace = /^@(libs|drizzle|subgraphs)\/(.+)$/.exec(specifier);
  return workspace ? `${workspace[1]}/${workspace[2]}` : specifier;
}

type Import = { target: string; isType: boolean };

/** A law about imports: the files it binds, and what it says of one import; a sentence where the import breaks it. */
type ImportLaw = { law: string; breaks(path: string, kind: Kind, target: Import): boolean };

const inside = (path: string, ...folders: string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isDatabase = ({ target }: Import) => /^(drizzle\/|drizzle-orm|postgres$)/.test(target);

const IMPORT_LAWS: ImportLaw[] = [
  {
    law: 'the gateway imports libs, never subgraphs or drizzle',
    breaks: (path, kind, { target }) =>
      inside(path, 'gateway') && kind !== 'test' && inside(target, 'subgraphs', 'drizzle'),
  },
  {
    law: 'a subgraph imports no other subgraph, no other database, and not the gateway',
    breaks: (path, _kind, { target }) => {
      if (!inside(path, 'subgraphs')) return false;
      const own = path.split('/')[1]!;
      const others = SUBGRAPHS.filter((name) => name !== own);
      return inside(target, 'gateway', ...others.flatMap((name) => [`subgraphs/${name}`, `drizzle/${name}`]));
    },
  },
  {
    law: 'drizzle imports its own files, libs/db columns, libs/events outbox and libs/time',
    breaks: (path, kind, { target }) => {
      const own = /^drizzle\/(\w+)\//.exec(path)?.[1];
      if (!own || kind === 'test') return false;
      return (
        inside(
          target,
          'gateway',
          'subgraphs',
          ...SUBGRAPHS.filter((name) => name !== own).map((name) => `drizzle/${name}`),
        ) ||
        (inside(target, 'libs') && !/^libs\/(db\/columns|events\/outbox|time\/)/.test(target))
      );
    },
  },
  {
    law: 'a library imports only those above it on the ladder',
    breaks: (path, kind, { target }) => {
      const own = /^libs\/(\w+)\//.exec(path)?.[1];
      if (!own || (kind === 'test' && own !== 'testing')) return false;
      if (inside(target, 'gateway', 'subgraphs', 'drizzle')) return own !== 'testing';
      const other = /^libs\/(\w+)\//.exec(target)?.[1];
      return other !== undefined && LADDER.indexOf(other as never) > LADDER.indexOf(own as never);
    },
  },
  {
    law: 'libs/servers and libs/testing are for tests and commands',
    breaks: (path, kind, { target }) =>
      inside(path, 'gateway', 'subgraphs', 'drizzle') &&
      kind !== 'test' &&
      inside(target, 'libs/servers', 'libs/testing'),
  },
  {
    law: 'a door imports verbs, reads and pure files, never a store or tables',
    breaks: (_path, kind, target) =>
      kind === 'door' && (/[sS]tore\.ts$/.test(target.target) || isDatabase(target)),
  },
  {
    law: 'a verb never imports a door',
    breaks: (_path, kind, { target }) => kind === 'verb' && /\/(resolvers|reactions)\.ts$/.test(target),
  },
  {
    law: 'a pure file imports libs/time, libs/outcome and types, nothing that acts',
    breaks: (path, kind, { target, isType }) => {
      if (kind !== 'pure' || isType) return false;
      const isPure =
        /^libs\/(time|outcome)\//.test(target) ||
        target === 'libs/queue/retries' ||
        /^libs\/auth\/(caller|tenantId)$/.test(target) ||
        /^(temporal-polyfill|rrule-temporal)/.test(target) ||
        (inside(target, 'subgraphs') &&
          dirname(target).split('/')[1] === path.split('/')[1] &&
          kindOf(target) === 'pure');
      return !isPure || target === 'libs/time/clock';
    },
  },
  {
    law: 'a store imports tables and libs/db, never verbs or events',
    breaks: (_path, kind, { target }) =>
      kind === 'store' &&
      (kindOf(target) === 'verb' ||
        /\/(events|resolvers|reactions|reads)\.ts$/.test(target) ||
        inside(target, 'libs/events')),
  },
];

type Visited = {
  imports: Import[];
  usesDate: boolean;
  usesEnv: boolean;
  usesConsole: boolean;
  hasAsync: boolean;
};

function visit({ path, text }: SourceFile): Visited {
  const parsed = parseSync(path, text);
  const seen: Visited = { imports: [], usesDate: false, usesEnv: false, usesConsole: false, hasAsync: false };
  const add = (specifier: string, isType: boolean) =>
    seen.imports.push({ target: targetOf(path, specifier), isType });
  const functionLike = (node: { async: boolean }) => {
    seen.hasAsync ||= node.async;
  };
  new Visitor({
    ImportDeclaration: (node) =>
      add(
        node.source.value,
        node.importKind === 'type' ||
          (node.specifiers.length > 0 &&
            node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')),
      ),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.source.value, node.exportKind === 'type');
    },
    ImportExpression: (node) => {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string')
        add(node.source.value, false);
    },
    NewExpression: (node) => {
      seen.usesDate ||= node.callee.type === 'Identifier' && node.callee.name === 'Date';
    },
    CallExpression: (node) => {
      seen.usesDate ||= node.callee.type === 'Identifier' && node.callee.name === 'Date';
    },
    MemberExpression: (node) => {
      if (node.object.type !== 'Identifier') return;
      const property = node.property.type === 'Identifier' ? node.property.name : '';
      seen.usesDate ||=
        node.object.name === 'Date' || (node.object.name === 'Temporal' && property === 'Now');
      seen.usesConsole ||= node.object.name === 'console';
      seen.usesEnv ||= node.object.name === 'process' && property === 'env';
    },
    FunctionDeclaration: functionLike,
    FunctionExpression: functionLike,
    ArrowFunctionExpression: functionLike,
  }).visit(parsed.program);
  return seen;
}

/** Commands: what a person types, so they speak to the console and read the environment themselves. */
const isCommand = (path: string) =>
  inside(path, 'start') ||
  path === 'drizzle/migrate.ts' ||
  path === 'codegen.ts' ||
  path.endsWith('.config.ts');

/** Every law that a file breaks. */
export function violationsOf(file: SourceFile): Violation[] {
  const { path } = file;
  const kind = kindOf(path);
  const seen = visit(file);
  const found = (law: string, what: string): Violation => ({ path, law, what });
  const violations = seen.imports.flatMap((target) =>
    IMPORT_LAWS.filter((one) => one.breaks(path, kind, target)).map((one) =>
      found(one.law, `imports ${target.target}`),
    ),
  );
  if (kind === 'test' || isCommand(path)) return violations;
  if (seen.usesDate && !inside(path, 'libs/time'))
    violations.push(found('the clock is read in libs/time only', 'uses Date or Temporal.Now'));
  if (seen.usesEnv && !inside(path, 'libs/runtime'))
    violations.push(found('the environment is read in libs/runtime only', 'uses process.env'));
  if (seen.usesConsole) violations.push(found('console is for commands', 'uses console'));
  if (kind === 'pure' && seen.hasAsync)
    violations.push(found('a pure file waits for nothing', 'has an async function'));
  return violations;
}

/** Every source file of ours below `root`, generated ones left out. */
export function sourceFiles(root: string): SourceFile[] {
  return ['gateway', 'subgraphs', 'libs', 'drizzle', 'start'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) => name.endsWith('.ts') && !name.includes('node_modules') && !name.endsWith('generated.ts'),
      )
      .map((name) => join(root, folder, name))
      .map((full) => ({ path: relative(root, full), text: readFileSync(full, 'utf8') })),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = sourceFiles(fileURLToPath(new URL('..', import.meta.url))).flatMap(violationsOf);
  for (const { path, law, what } of violations) console.error(`${path} ${what}\n  law: ${law}`);
  if (violations.length > 0) process.exitCode = 1;
}
