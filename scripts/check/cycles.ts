/** Finds files that import each other: one of them runs before its import has loaded. Imports of types do no harm. */
import { importsOf, type SourceFile } from './imports.ts';

/** One cycle, in the order of the imports, for each strongly connected component (Tarjan's algorithm) of imports of values. */
export function cyclesOf(files: readonly SourceFile[]): string[][] {
  const paths = new Set(files.map(({ path }) => path));
  const importsByPath = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter(({ isType }) => !isType)
        // A package's specifier has no extension.
        .flatMap(({ target }) => [target, `${target}.ts`].filter((path) => paths.has(path))),
    ]),
  );
  return componentsOf(importsByPath).map((component) => cycleIn(component, importsByPath));
}

type Graph = ReadonlyMap<string, readonly string[]>;

function componentsOf(graph: Graph): Set<string>[] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const components: Set<string>[] = [];

  /** Returns the index of the earliest open file that this one reaches. */
  function reach(path: string): number {
    const own = order.size;
    order.set(path, own);
    open.push(path);
    let earliest = own;
    for (const next of graph.get(path)!) {
      if (!order.has(next)) earliest = Math.min(earliest, reach(next));
      else if (open.includes(next)) earliest = Math.min(earliest, order.get(next)!);
    }
    if (earliest === own) {
      const component = open.splice(open.indexOf(path));
      if (component.length > 1 || graph.get(path)!.includes(path)) components.push(new Set(component));
    }
    return earliest;
  }
  for (const path of graph.keys()) if (!order.has(path)) reach(path);
  return components;
}

/** The shortest path from the component's first file back to itself. */
function cycleIn(component: ReadonlySet<string>, graph: Graph): string[] {
  const [first] = [...component].toSorted();
  const paths: string[][] = [[first!]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const next of graph.get(path.at(-1)!)!) {
      if (next === first) return path;
      if (!component.has(next) || seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [...component];
}
