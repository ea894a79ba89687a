/** Files that import each other, so that one of them runs before what it imports is there. Types do no harm: they are gone by then. */
import { importsOf, type SourceFile } from './imports.ts';

/**
 * Every knot of files that reach each other by imports of values, as one cycle through it in the order of the imports. Tarjan's
 * algorithm finds the knots (strongly connected components).
 */
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
  return knotsOf(importsByPath).map((knot) => cycleIn(knot, importsByPath));
}

type Graph = ReadonlyMap<string, readonly string[]>;

function knotsOf(graph: Graph): Set<string>[] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const knots: Set<string>[] = [];

  /** The earliest open file that this one reaches. */
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
      const knot = open.splice(open.indexOf(path));
      if (knot.length > 1 || graph.get(path)!.includes(path)) knots.push(new Set(knot));
    }
    return earliest;
  }
  for (const path of graph.keys()) if (!order.has(path)) reach(path);
  return knots;
}

/** The shortest way from the knot's first file back to it. */
function cycleIn(knot: ReadonlySet<string>, graph: Graph): string[] {
  const [first] = [...knot].toSorted();
  const ways: string[][] = [[first!]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1)!)!) {
      if (next === first) return way;
      if (!knot.has(next) || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return [...knot];
}
