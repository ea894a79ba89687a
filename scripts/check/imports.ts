/** The imports of source files, read by oxc-parser. */
import { dirname, join, normalize } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

export type SourceFile = { path: string; text: string };
export type Import = {
  /** The imported path in this repository, or the package's name. */
  target: string;
  /** Whether only types are imported, so that nothing is loaded at run time. */
  isType: boolean;
};

type Program = ReturnType<typeof parseSync>['program'];

const programs = new WeakMap<SourceFile, Program>();

/** The file's syntax tree, parsed once. */
export function parsed(file: SourceFile): Program {
  const known = programs.get(file) ?? parseSync(file.path, file.text).program;
  programs.set(file, known);
  return known;
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier));
  const workspace = /^@(libs|drizzle|subgraphs|scripts)\/(.+)$/.exec(specifier);
  return workspace ? `${workspace[1]}/${workspace[2]}` : specifier;
}

/** Every import of the file: static, re-exported and dynamic. */
export function importsOf(file: SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, isType: boolean) =>
    imports.push({ target: targetOf(file.path, specifier), isType });
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
  }).visit(parsed(file));
  return imports;
}
