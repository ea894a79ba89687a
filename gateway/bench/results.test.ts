import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Figure } from './report.ts';
import { comparison, readResults, tableOf } from './results.ts';
import { runOptions } from './runOptions.ts';

const figure: Figure = {
  bench: 'create',
  name: 'createBooking',
  unit: '/s',
  rounds: [210, 190, 200],
  beside: [{ name: 'raw insert', rounds: [4_000, 4_100, 3_900] }],
  cpuMs: { booking: 3, gateway: 1 },
};
const before: Figure = { ...figure, rounds: [100], cpuMs: { booking: 8 } };

it('prints medians with their spread, ratios and CPU time by process', () => {
  const row = tableOf([figure]).split('\n')[2]!;
  expect(row.split('|').map((cell) => cell.trim())).toEqual([
    '',
    'create',
    'createBooking',
    '200 (190 to 210) /s',
    'raw insert: 4000 (3900 to 4100)',
    '0.05',
    '4 ms (booking 3.00, gateway 1.00)',
    '',
  ]);
});

it('prints a row for each thing beside it', () => {
  const list = { ...figure, beside: [...figure.beside!, { name: 'bytes', rounds: [1] }] };
  expect(tableOf([list]).split('\n')).toHaveLength(4);
});

it('compares each figure, its ratio and its CPU time with the run before', () => {
  expect(comparison([figure, { ...figure, name: 'other' }], [before])).toEqual([
    'create: createBooking 100 → 200 (+100.0 %) /s; ratio to raw insert 0.025 → 0.05 (+100.0 %); CPU 8 → 4 (-50.0 %) ms',
    'create: other was not measured before',
  ]);
});

it('accepts names of benches and a file of results, and refuses others with their reason', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-results-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'results.json');
  const results = { at: '2026-01-01T00:00:00Z', node: 'v20', processors: 2, figures: [figure] };
  writeFileSync(file, JSON.stringify(results));
  const known = ['create', 'me'];
  expect(runOptions(['create', 'me', '--compare', file], known)).toEqual({
    names: ['create', 'me'],
    before: results,
  });
  expect(runOptions([], known)).toEqual({ names: [] });
  expect(() => runOptions(['crate'], known)).toThrow('There is no bench crate. There are: create, me');
  const missing = path.join(folder, 'missing.json');
  expect(() => runOptions(['--compare', missing], known)).toThrow(`${missing} does not exist`);
  writeFileSync(file, '{"figures": 1}');
  expect(() => readResults(file)).toThrow('is not a file of results');
});
