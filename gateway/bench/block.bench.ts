/** The longest block of the booking subgraph's event loop while it answers with 17,856 slots, the most that one resource can have. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
import { afterAll, expect, it } from 'vitest';
import { post } from './load.ts';
import { reporter } from './report.ts';
import { benchSystem } from './system.ts';

const report = reporter(import.meta.filename);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 20);
const WARM_UP_ROUNDS = 10;
const SLOTS = 17_856;
const DAYS = 62;
/** Until what the measurement itself blocked is over. */
const SETTLE_MS = 50;
const POLL_MS = 5;

/** On SIGUSR2 a process writes the longest block of its event loop since the last time, in nanoseconds. */
const folder = mkdtempSync(join(tmpdir(), 'vaga-block-'));
const monitor = join(folder, 'monitor.mjs');
writeFileSync(
  monitor,
  `import { monitorEventLoopDelay } from 'node:perf_hooks';
import { renameSync, writeFileSync } from 'node:fs';
const file = ${JSON.stringify(folder)} + '/' + process.pid;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('SIGUSR2', () => {
  writeFileSync(file + '.new', String(delay.max));
  setTimeout(() => { renameSync(file + '.new', file); setTimeout(() => delay.reset(), ${SETTLE_MS}); }, ${SETTLE_MS});
});`,
);
afterAll(() => rmSync(folder, { recursive: true }));

const { vaga, token, target, resourceIds } = await benchSystem({
  resources: 1,
  nodeOptions: ['--import', monitor],
});
const from = Temporal.Now.plainDateISO('America/Sao_Paulo').add({ days: 4 });

/** The longest block since it was last asked for, in milliseconds. */
async function takeBlock(name: 'gateway' | 'booking'): Promise<number> {
  const pid = vaga.pidOf(name);
  const file = join(folder, String(pid));
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(POLL_MS);
  const ms = Number(readFileSync(file, 'utf8')) / 1e6;
  rmSync(file);
  await pause(2 * SETTLE_MS);
  return ms;
}

const shapes = {
  'every slot': 'slots { startTime endTime localStart localEnd available unavailableReason }',
  'counts and ranges': 'slotCount availableCount freeRanges { startTime lastStart }',
};

it.each(Object.entries(shapes))(`${SLOTS} slots: %s`, async (name, selection) => {
  const variables = {
    id: resourceIds[0],
    from: from.toString(),
    to: from.add({ days: DAYS - 1 }).toString(),
  };
  const query = `query ($id: ID!, $from: LocalDate!, $to: LocalDate!) { resource(id: $id) { availability(from: $from, to: $to) { date ${selection} } } }`;
  const body = JSON.stringify({ query, variables });
  const counts = await vaga.data(query.replace(selection, 'slotCount'), variables, { token });
  const days: { slotCount: number }[] = counts.resource.availability;
  expect(days.reduce((sum, { slotCount }) => sum + slotCount, 0)).toBe(SLOTS);
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await post(target, body, token);
  const blocks: Record<'booking' | 'gateway', number[]> = { booking: [], gateway: [] };
  const [tookMs, idle]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ['booking', 'gateway'] as const) await takeBlock(name);
    await pause(SETTLE_MS);
    idle.push(await takeBlock('booking'));
    const began = performance.now();
    await post(target, body, token);
    tookMs.push(performance.now() - began);
    for (const name of ['booking', 'gateway'] as const) blocks[name].push(await takeBlock(name));
  }
  const unit = 'ms';
  report({ name: `${name}, answer`, unit, rounds: tookMs });
  report({
    name: `${name}, booking's longest block`,
    unit,
    rounds: blocks.booking,
    beside: [{ name: 'idle', rounds: idle }],
  });
  report({ name: `${name}, gateway's longest block`, unit, rounds: blocks.gateway });
  expect(blocks.booking).toHaveLength(ROUNDS);
});
