/** What a bench measured: said at once, and recorded for the table and the file of the run (`runBenches.ts`). */
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';

export type Figure = {
  /** The name of the bench's file. */
  bench: string;
  name: string;
  unit: string;
  /** The value of each round. */
  rounds: number[];
  /** The same work done in other ways, in the same run. */
  beside?: { name: string; rounds: number[] }[];
  /** CPU time per operation, in milliseconds. */
  cpuMs?: Record<string, number>;
};

/** Set by `runBenches.ts`: a file of one figure per line. */
export const FIGURES_FILE_VARIABLE = 'BENCH_FIGURES_FILE';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Figures of latencies, in milliseconds: 'NAME, p99'. */
export const percentilesOf = (
  name: string,
  timesMs: readonly number[],
  percents: readonly number[] = [50, 99],
): { name: string; unit: string; rounds: number[] }[] =>
  percents.map((percent) => ({
    name: `${name}, ${percent === 100 ? 'max' : `p${percent}`}`,
    unit: 'ms',
    rounds: [percentile(timesMs, percent / 100)],
  }));

export const shown = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

/** '123 (120 to 130)'. */
export const spreadOf = (rounds: readonly number[]): string =>
  rounds.length === 1
    ? shown(rounds[0]!)
    : `${shown(median(rounds))} (${shown(Math.min(...rounds))} to ${shown(Math.max(...rounds))})`;

export const ratioOf = (rounds: readonly number[], beside: readonly number[]): number =>
  median(rounds) / median(beside);

const MIN_CPU_MS_SHOWN = 0.005;

export const totalOf = (cpuMs: Record<string, number>): number =>
  Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);

/** '4.9 ms (booking 1.1, gateway 0.5)'. */
export function cpuOf(cpuMs: Record<string, number>): string {
  const parts = Object.entries(cpuMs)
    .filter(([, ms]) => ms >= MIN_CPU_MS_SHOWN)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
  return `${shown(totalOf(cpuMs))} ms (${parts.join(', ')})`;
}

/** Reports figures of the bench in `file`, its `import.meta.filename`. */
export function reporter(file: string): (figure: Omit<Figure, 'bench'>) => void {
  const bench = basename(file, '.bench.ts');
  return (figure) => {
    const { name, unit, rounds, beside = [], cpuMs } = figure;
    const others = beside.map(
      (other) => `; ${other.name} ${spreadOf(other.rounds)}, ratio ${shown(ratioOf(rounds, other.rounds))}`,
    );
    say(
      `${bench}: ${name} ${spreadOf(rounds)} ${unit}${others.join('')}${cpuMs ? `; CPU ${cpuOf(cpuMs)}` : ''}`,
    );
    const figures = process.env[FIGURES_FILE_VARIABLE];
    if (figures) appendFileSync(figures, `${JSON.stringify({ bench, ...figure })}\n`);
  };
}
