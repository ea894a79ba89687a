/** Resource.availability through the gateway beside the SQL of its busy times. */
import { Temporal } from 'temporal-polyfill';
import { it } from 'vitest';
import { mutate } from '../testing/tenantSetup.ts';
import { post, sideBySide } from './load.ts';
import { reporter } from './report.ts';
import { benchSystem } from './system.ts';

const report = reporter(import.meta.filename);
const RESOURCES = 50;
const BOOKED_DAYS = 31;
const ZONE = 'America/Sao_Paulo';

const { vaga, setup, token, target, raw, resourceIds } = await benchSystem({
  resources: RESOURCES - 1,
  settings: {
    bookingInterval: 30,
    advanceBookingDays: 365,
    workingHoursStart: '06:00',
    workingHoursEnd: '22:00',
  },
});
const ids = [setup.resourceId, ...resourceIds];
const from = Temporal.Now.plainDateISO(ZONE).add({ days: 4 });
for (let day = 0; day < BOOKED_DAYS; day += 1) {
  for (const hour of ['09', '14']) {
    const at = from.add({ days: day }).toString();
    const input = {
      resourceId: setup.resourceId,
      startTime: `${at}T${hour}:00`,
      endTime: `${at}T${Number(hour) + 2}:00`,
    };
    await mutate(vaga, token, 'createBooking', input, 'booking { id }');
  }
}

const SLOT = 'startTime endTime localStart localEnd available unavailableReason';
const one = (selection: string) =>
  `query ($id: ID!, $from: LocalDate!, $to: LocalDate!) { resource(id: $id) { availability(from: $from, to: $to) { date ${selection} } } }`;
const shapes: Record<string, { query: string; days: number; resourceIds: string[] }> = {
  '1 day': { query: one(`slots { ${SLOT} }`), days: 1, resourceIds: [setup.resourceId] },
  '31 days': { query: one(`slots { ${SLOT} }`), days: 31, resourceIds: [setup.resourceId] },
  '31 days, availableCount': { query: one('availableCount'), days: 31, resourceIds: [setup.resourceId] },
  '50 resources, 7 days': {
    query: `query ($from: LocalDate!, $to: LocalDate!) { resources(first: 50) { nodes { id availability(from: $from, to: $to) { date slots { ${SLOT} } } } } }`,
    days: 7,
    resourceIds: ids,
  },
};

const instant = (date: Temporal.PlainDate) => date.toZonedDateTime(ZONE).toInstant().toString();

it.each(Object.keys(shapes))('availability: %s', async (name) => {
  const { query, days, resourceIds } = shapes[name]!;
  const variables = {
    id: setup.resourceId,
    from: from.toString(),
    to: from.add({ days: days - 1 }).toString(),
  };
  const body = JSON.stringify({ query, variables });
  const [start, end] = [instant(from), instant(from.add({ days }))];
  const busyTimes = async () =>
    raw.unsafe(
      `select resource_id, lower(occupied), upper(occupied) from allocations where resource_id = any($1::uuid[])
       and occupied && tstzrange($2::text::timestamptz, $3::text::timestamptz, '[)') order by lower(occupied)`,
      [resourceIds, start, end],
      { prepare: true },
    );
  const ours = { name, work: () => post(target, body, token) };
  report(await sideBySide(vaga, ours, [{ name: 'SQL of its busy times', work: busyTimes }]));
});
