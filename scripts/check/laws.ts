/**
 * The laws of this code base (ARCHITECTURE.md): imports (`importLaws.ts`), the use of clock, environment and console, and names.
 * `npm run laws` checks every source file and exits with 1 where one is broken; `laws.test.ts` plants a violation of each.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Visitor } from 'oxc-parser';
import { bannedNamesOf } from './bannedWords.ts';
import { cyclesOf } from './cycles.ts';
import { IMPORT_LAWS, isInside, kindOf } from './importLaws.ts';
import { importsOf, parsed, type Import, type SourceFile } from './imports.ts';
import { sharedNamesOf } from './sharedNames.ts';

/** Each library may import only those before it. `testing` is for tests alone. */
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
  'testing',
] as const;

/**
 * Nouns whose verbs use the store of a sibling: they lock, write or read rows of both in one transaction. Everywhere else a
 * sibling is reached through its verbs or reads. The list may only get shorter.
 */
export const SHARED_STORES: readonly (readonly [from: string, to: string])[] = [
  ['booking/changes', 'booking/bookings'],
  ['resource/categories', 'resource/directory'],
  ['resource/categories', 'resource/resources'],
  ['resource/directory', 'resource/categories'],
  ['resource/directory', 'resource/resources'],
  ['resource/resources', 'resource/categories'],
  ['resource/resources', 'resource/directory'],
  ['tenant/tenants', 'tenant/webhooks'],
  ['tenant/webhooks', 'tenant/deliveries'],
  ['user/accounts', 'user/sessions'],
  ['user/sessions', 'user/accounts'],
  ['user/users', 'user/accounts'],
  ['user/users', 'user/notifications'],
  ['user/users', 'user/sessions'],
];

export type Violation = { path: string; law: string; what: string };

/** A file's room: what it is, from its path alone. */
type Kind = 'test' | 'door' | 'pure' | 'store' | 'verb' | 'other';

const PURE_FILES =
  /\/(rules|status|access|settings|permissions|schedules?|deliveryBackoff|notificationBackoff)\.ts$|\/scheduling\/\w+\.ts$/;

function kindOf(path: string): Kind {
  if (/\.(test|fixtures|bench)\.ts$|\/(testing|bench)\//.test(path)) return 'test';
  if (!path.startsWith('subgraphs/')) return 'other';
  if (/\/resolvers\.ts$|\/reactions\.ts$/.test(path)) return 'door';
  if (/\/store\.ts$|Store\.ts$/.test(path)) return 'store';
  if (PURE_FILES.test(path)) return 'pure';
  // subgraphs/<name>/<noun>/<aVerb>.ts: camelCase names one verb.
  return /^subgraphs\/\w+\/\w+\/(\w+\/)?[a-z]+[A-Z]\w*\.ts$/.test(path) ? 'verb' : 'other';
}

/** 'booking/changes' of subgraphs/booking/changes/follow.ts; undefined for what belongs to no noun. */
const nounOf = (path: string): string | undefined => /^subgraphs\/(\w+\/\w+)\//.exec(path)?.[1];

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
    law: 'what only tests use is named *.fixtures.ts or lies in testing/',
    breaks: (_path, kind, { target }) =>
      kind !== 'test' && (target === 'vitest' || inside(target, 'vitest', 'libs/testing', 'gateway/testing')),
  },
  {
    law: 'scripts are imported by scripts and tests, never by the product',
    breaks: (path, kind, { target }) =>
      !inside(path, 'scripts') && kind !== 'test' && inside(target, 'scripts'),
  },
  {
    law: 'a sibling noun is reached through its verbs or reads, never its store',
    breaks: (path, kind, { target, isType }) => {
      const [own, other] = [nounOf(path), nounOf(target)];
      if (!own || !other || own === other || kind === 'test' || isType) return false;
      if (own.split('/')[0] !== other.split('/')[0] || kindOf(target) !== 'store') return false;
      return !SHARED_STORES.some(([from, to]) => from === own && to === other);
    },
  },
  {
    law: 'scheduling knows nothing of the nouns that use it',
    breaks: (path, kind, { target }) =>
      inside(path, 'subgraphs/booking/scheduling') &&
      kind !== 'test' &&
      inside(
        target,
        'subgraphs/booking/bookings',
        'subgraphs/booking/availability',
        'subgraphs/booking/changes',
      ),
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

function visit(file: SourceFile): Visited {
  const seen: Visited = {
    imports: importsOf(file),
    usesDate: false,
    usesEnv: false,
    usesConsole: false,
    hasAsync: false,
  };
  const functionLike = (node: { async: boolean }) => {
    seen.hasAsync ||= node.async;
  };
  new Visitor({
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
  }).visit(parsed(file));
  return seen;
}

/** Commands that a person types may write to the console and read the environment. */
const isCommand = (path: string) =>
  isInside(path, 'scripts') ||
  path === 'drizzle/migrate.ts' ||
  path === 'codegen.ts' ||
  path.endsWith('.config.ts');

/** The laws that a single file breaks. */
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
  for (const { what, instead } of bannedNamesOf(file))
    violations.push(found('names are the words of docs/glossary.md', `calls it ${what}; write ${instead}`));
  if (kind === 'test' || isCommand(path)) return violations;
  if (seen.usesDate && !isInside(path, 'libs/time'))
    violations.push(found('the clock is read in libs/time only', 'uses Date or Temporal.Now'));
  if (seen.usesEnv && !isInside(path, 'libs/runtime'))
    violations.push(found('the environment is read in libs/runtime only', 'uses process.env'));
  if (seen.usesConsole) violations.push(found('console is for commands', 'uses console'));
  if (kind === 'pure' && seen.hasAsync)
    violations.push(found('a pure file waits for nothing', 'has an async function'));
  return violations;
}

/** The laws that files break together: cycles of imports, and names that are given twice. */
export function violationsOfAll(files: readonly SourceFile[]): Violation[] {
  const cycles = cyclesOf(files).map(([path = '', ...others]) => ({
    path,
    law: 'no file imports itself by way of others, types aside',
    what: `imports itself by way of ${others.join(', ')}`,
  }));
  const shared = sharedNamesOf(files).map(({ name, paths: [path = '', ...others] }) => ({
    path,
    law: 'one name has one meaning',
    what: `has the name ${name}, as has ${others.join(', ')}`,
  }));
  return [...cycles, ...shared];
}

/** Every source file below `root`, generated files left out. */
export function sourceFiles(root: string): SourceFile[] {
  return ['gateway', 'subgraphs', 'libs', 'drizzle', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          /\.(ts|mjs)$/.test(name) && !name.includes('node_modules') && !name.endsWith('generated.ts'),
      )
      .map((name) => join(root, folder, name))
      .map((full) => ({ path: relative(root, full), text: readFileSync(full, 'utf8') })),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = sourceFiles(fileURLToPath(new URL('../..', import.meta.url)));
  const violations = [...files.flatMap(violationsOf), ...violationsOfAll(files)];
  for (const { path, law, what } of violations) console.error(`${path} ${what}\n  law: ${law}`);
  if (violations.length > 0) process.exitCode = 1;
}
