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
import { undescribedIn } from './descriptions.ts';
import { IMPORT_LAWS, isInside, kindOf } from './importLaws.ts';
import { importsOf, parsed, type Import, type SourceFile } from './imports.ts';
import { sharedNamesOf } from './sharedNames.ts';

type Violation = { path: string; law: string; what: string };

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
  isInside(path, 'scripts', 'examples') ||
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
  return ['gateway', 'subgraphs', 'libs', 'drizzle', 'scripts', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          /\.(ts|mjs)$/.test(name) && !name.includes('node_modules') && !name.endsWith('generated.ts'),
      )
      .map((name) => join(root, folder, name))
      .map((full) => ({ path: relative(root, full), text: readFileSync(full, 'utf8') })),
  );
}

/** Where the API schema that is served says nothing. */
export function violationsOfSchema(file: SourceFile): Violation[] {
  const law = 'everything in the API has a description';
  return undescribedIn(file.text).map((coordinate) => ({
    path: file.path,
    law,
    what: `does not describe ${coordinate}`,
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = sourceFiles(root);
  const path = 'gateway/schema.graphql';
  const schema = { path, text: readFileSync(join(root, path), 'utf8') };
  const violations = [
    ...files.flatMap(violationsOf),
    ...violationsOfAll(files),
    ...violationsOfSchema(schema),
  ];
  for (const { path, law, what } of violations) console.error(`${path} ${what}\n  law: ${law}`);
  if (violations.length > 0) process.exitCode = 1;
}
