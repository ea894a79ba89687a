/** Names that two files give to different things: whoever reads or searches for one finds the other. */
import path from 'node:path';
import { parsed, type SourceFile } from './imports.ts';

/** Exported names that several files may give, each with the reason. */
const SHARED_EXPORTS: ReadonlyMap<string, string> = new Map([
  ['Context', 'what the resolvers of a subgraph, or of the gateway, get: one in each'],
  ['ContextDeps', 'what a Context is made of'],
  ['contextOf', 'makes a Context'],
  ['reactions', 'the reactions to events of a subgraph: one list in each'],
  ['schema', 'the executable schema of a subgraph: one in each'],
  ['resourceNotFound', 'the same refusal, given by two subgraphs that share no code'],
]);

/** File names that stand for one kind of file, one in each folder. */
const KINDS_OF_FILES = [
  ...['access', 'context', 'env', 'environment', 'events', 'main', 'migrate', 'placeholder', 'reactions'],
  ...['reads', 'resolvers', 'rules', 'schema', 'store', 'tables', 'drizzle.config'],
];

const isTest = (file: string): boolean => /\.(test|fixtures|bench)\.ts$/.test(file);
/** Each database has its tables, named as in SQL; the query of the same name is the contract's word for their rows. */
const isTables = (file: string): boolean => /^drizzle\/\w+\/tables\.ts$/.test(file);

/** What the file exports by a declaration of its own. */
function exportsOf(file: SourceFile): string[] {
  return parsed(file).body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || !statement.declaration) return [];
    const { declaration } = statement;
    if (declaration.type === 'VariableDeclaration')
      return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id.name] : [];
  });
}

export type SharedName = { name: string; paths: string[] };

/** Every exported name, and every file name, that more than one file has without being listed above. Tests are left out. */
export function sharedNamesOf(files: readonly SourceFile[]): SharedName[] {
  const pathsByName = new Map<string, Set<string>>();
  const add = (name: string, file: string) =>
    pathsByName.set(name, (pathsByName.get(name) ?? new Set()).add(file));
  for (const file of files) {
    if (isTest(file.path)) continue;
    const fileName = path.posix.parse(file.path).name;
    if (!KINDS_OF_FILES.includes(fileName)) add(`${fileName}${path.posix.extname(file.path)}`, file.path);
    if (isTables(file.path)) continue;
    for (const name of exportsOf(file)) if (!SHARED_EXPORTS.has(name)) add(name, file.path);
  }
  return [...pathsByName]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => ({ name, paths: [...paths].toSorted() }));
}
