/**
 * The latency of one tenant's requests beside queries of availability, up to 62 days of 40 resources in 5-minute slots; also the
 * memory of the booking subgraph.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { Temporal } from 'temporal-polyfill';
import { it } from 'vitest';
import { mutate } from '../testing/tenantSetup.ts';
import { percentilesOf, reporter, say } from './report.ts';

const report = reporter(import.meta.filename);
const RESOURCES = 40;
/** Each part also waits for its load's answer. */
const PART_MS = 10_000;
const PAUSE_MS = 10;
const MEMORY_SAMPLE_MS = 50;
const KIB_OF_MIB = 1_024;

const vaga = await federation({ variables: { LOG_LEVEL: 'silent' } });
const platform = await vaga.signIn();

async function tenant(settings: object, resources: number): Promise<{ tenantId: string; ids: string[] }> {
  const domain = `${crypto.randomUUID()}.example`;
  const rules = { timezone: 'UTC', workingHoursStart: '00:00', workingHoursEnd: '24:00', ...settings };
  const created = await mutate(
    vaga,
    platform,
    'createTenant',
    { name: 'Bench', domain, settings: rules },
    'tenant { id }',
  );
  const tenantId: string = created.tenant.id;
  const input = { tenantId, name: 'Salas', type: 'PHYSICAL' };
  const { category } = await mutate(vaga, platform, 'createResourceCategory', input, 'category { id }');
  const ids: string[] = [];
  for (let number = 0; number < resources; number += 1) {
    const parts = { tenantId, categoryId: category.id, name: `Sala ${number}` };
    ids.push((await mutate(vaga, platform, 'createResource', parts, 'resource { id }')).resource.id);
  }
  return { tenantId, ids };
}

const dense = await tenant({ bookingInterval: 5 }, RESOURCES);
const hourly = await tenant({ bookingInterval: 60 }, 12);
const neighbor = await tenant(
  { bookingInterval: 60, workingHoursStart: '08:00', workingHoursEnd: '18:00' },
  1,
);

const today = Temporal.Now.plainDateISO('UTC');
const dayAhead = (days: number) => today.add({ days }).toString();
const SLOTS = 'date slots { startTime endTime localStart localEnd available unavailableReason }';
const many = `query ($tenantId: ID!, $first: Int!, $from: LocalDate!, $to: LocalDate!) {
  resources(tenantId: $tenantId, first: $first) { nodes { availability(from: $from, to: $to) { ${SLOTS} } } }
}`;
const one = `query ($id: ID!, $from: LocalDate!) { resource(id: $id) { availability(from: $from) { ${SLOTS} } } }`;

type Load = { name: string; variables: Record<string, unknown> };
const LOADS: Load[] = [
  {
    name: '12 resources, 7 days by hours',
    variables: { tenantId: hourly.tenantId, first: 12, from: dayAhead(0), to: dayAhead(6) },
  },
  {
    name: '1 resource, 62 days by 5 minutes',
    variables: { tenantId: dense.tenantId, first: 1, from: dayAhead(0), to: dayAhead(61) },
  },
  {
    name: '12 resources, 62 days by 5 minutes',
    variables: { tenantId: dense.tenantId, first: 12, from: dayAhead(0), to: dayAhead(61) },
  },
  {
    name: `${RESOURCES} resources, 62 days by 5 minutes`,
    variables: { tenantId: dense.tenantId, first: RESOURCES, from: dayAhead(0), to: dayAhead(61) },
  },
];

const residentMiB = () => {
  const status = readFileSync(`/proc/${vaga.pidOf('booking')}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / KIB_OF_MIB;
};

async function timed<T>(work: () => Promise<T>): Promise<{ took: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { took: performance.now() - start, result };
}

const askNeighbor = () => vaga.ask(one, { id: neighbor.ids[0], from: dayAhead(1) });

/** Reports latencies of the neighbor and of the `load` that runs beside it. */
async function beside(load: Load | undefined): Promise<void> {
  const latencies: number[] = [];
  const times: number[] = [];
  let failed = 0;
  const start = performance.now();
  const codes = new Set<string>();
  let peak = residentMiB();
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await sleep(MEMORY_SAMPLE_MS)) peak = Math.max(peak, residentMiB());
  })();
  const until = start + PART_MS;
  const loading = (async () => {
    do {
      if (!load) return await sleep(PART_MS);
      const { took, result } = await timed(() => vaga.ask(many, load.variables));
      times.push(took);
      for (const { extensions } of result.errors ?? []) codes.add(extensions.code);
    } while (performance.now() < until);
  })();
  let isLoaded = false;
  void loading.then(() => (isLoaded = true));
  let hasAnswered = false;
  // The booking subgraph may keep working after the gateway has given up.
  while (!isLoaded || !hasAnswered) {
    const { took, result } = await timed(askNeighbor);
    hasAnswered = !result.errors;
    if (!hasAnswered) failed += 1;
    latencies.push(took);
    await sleep(PAUSE_MS);
  }
  await loading;
  isOver = true;
  await watching;
  const name = `beside ${load?.name ?? 'nothing'}`;
  percentilesOf(name, latencies, [50, 99, 100]).forEach(report);
  if (times.length > 0) report({ name: `${load?.name} itself`, unit: 'ms', rounds: times });
  report({ name: `${name}, largest memory of booking`, unit: 'MiB', rounds: [peak] });
  say(
    `${failed} of ${latencies.length} failed${codes.size > 0 ? `; the load: ${[...codes].join()}` : ''}; finished after ${((performance.now() - start) / 1_000).toFixed(0)} s`,
  );
}

it("another tenant's request beside availability of many resources", async () => {
  for (let count = 0; count < 50; count += 1) await askNeighbor();
  await beside(undefined);
  for (const load of LOADS) await beside(load);
});
