/** The table of a run's figures, its file, and the comparison with the file of another run. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { cpuOf, median, ratioOf, shown, spreadOf, totalOf, type Figure } from './report.ts';

const rounds = z.array(z.number()).nonempty();
const figureSchema = z.object({
  bench: z.string(),
  name: z.string(),
  unit: z.string(),
  rounds,
  beside: z.array(z.object({ name: z.string(), rounds })).optional(),
  cpuMs: z.record(z.string(), z.number()).optional(),
});

const resultsSchema = z.object({
  /** RFC 3339 in UTC. */
  at: z.string(),
  node: z.string(),
  processors: z.number(),
  figures: z.array(figureSchema),
});
export type Results = z.output<typeof resultsSchema>;

/** Reads the file of a run. Throws an Error whose message says what is wrong with it. */
export function readResults(file: string): Results {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`, {
      cause: error,
    });
  }
  try {
    return resultsSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is not a file of results, as npm run bench writes them to bench-results/`, {
      cause: error,
    });
  }
}

const COLUMNS = ['bench', 'work', 'median (min to max)', 'beside it', 'ratio', 'CPU per operation'];

/** A Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.flatMap(({ bench, name, unit, rounds, beside = [], cpuMs }) => {
    const first = [bench, name, `${spreadOf(rounds)} ${unit}`];
    const cpu = cpuMs ? cpuOf(cpuMs) : '';
    if (beside.length === 0) return [[...first, '', '', cpu]];
    return beside.map((other, index) => [
      ...(index === 0 ? first : ['', '', '']),
      `${other.name}: ${spreadOf(other.rounds)}`,
      shown(ratioOf(rounds, other.rounds)),
      index === 0 ? cpu : '',
    ]);
  });
  const widths = COLUMNS.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`;
  return [
    line(COLUMNS),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

function change(before: number, now: number): string {
  const percent = (now / before - 1) * 100;
  const share = Number.isFinite(percent) ? ` (${percent < 0 ? '' : '+'}${percent.toFixed(1)} %)` : '';
  return `${shown(before)} → ${shown(now)}${share}`;
}

const keyOf = ({ bench, name }: Figure): string => `${bench}: ${name}`;

/** A line for each figure: the change of its median, its ratios and its CPU time. */
export function comparison(now: readonly Figure[], before: readonly Figure[]): string[] {
  const known = new Map(before.map((figure) => [keyOf(figure), figure]));
  return now.map((figure) => {
    const old = known.get(keyOf(figure));
    if (!old) return `${keyOf(figure)} was not measured before`;
    const ratios = (figure.beside ?? []).flatMap((other) => {
      const same = old.beside?.find(({ name }) => name === other.name);
      if (!same) return [];
      const ratio = change(ratioOf(old.rounds, same.rounds), ratioOf(figure.rounds, other.rounds));
      return [`ratio to ${other.name} ${ratio}`];
    });
    const cpu =
      figure.cpuMs && old.cpuMs ? [`CPU ${change(totalOf(old.cpuMs), totalOf(figure.cpuMs))} ms`] : [];
    return [
      `${keyOf(figure)} ${change(median(old.rounds), median(figure.rounds))} ${figure.unit}`,
      ...ratios,
      ...cpu,
    ].join('; ');
  });
}
