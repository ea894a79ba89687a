import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import type { TenantId } from '@libs/auth/tenantId';
import { exampleContext } from '../scheduling/scheduling.fixtures.ts';
import { slotLoader } from './slotLoader.ts';

const DAYS = 62;
const MAX_MINUTES = 31 * 1440;
const from = Temporal.PlainDate.from('2027-02-01');

/** Open day and night but for an hour; counts how often its season is looked for. */
function nightly() {
  const ranges = DAYS_OF_WEEK.map((day) => ({ day, start: localTime('00:00'), end: localTime('23:00') }));
  const hours = { workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('24:00') };
  const plain = exampleContext(
    { overnight: true, ...hours },
    { seasons: [{ from, to: from.add({ days: 300 }), ranges }] },
  );
  let looks = 0;
  const context = {
    ...plain,
    get seasons() {
      looks += 1;
      return plain.seasons;
    },
  };
  return { context, looks: () => looks };
}

it('works out the open times of a resource once for all dates, however long the slots are, and yields before each resource', async () => {
  const events: string[] = [];
  const loader = slotLoader({
    busyTimes: { of: async () => (events.push('read'), []) },
    yieldToOthers: async () => void events.push('yield'),
  });
  const resources = ['a', 'b', 'c'].map((id) => ({ id, ...nightly() }));
  const found = await Promise.all(
    resources.map(({ id, context }) =>
      loader.load({
        resource: { id, tenantId: 'tenant' as TenantId },
        ...{ context, from, days: DAYS, durationMinutes: MAX_MINUTES, seats: 1 },
      }),
    ),
  );
  expect(found.flat().flatMap(({ slots }) => slots)).toEqual([]);
  expect(events.slice(0, events.indexOf('read')).filter((one) => one === 'yield')).toHaveLength(
    resources.length + 1,
  );
  // A few for each date and each date of the look-ahead; 34 for each date would be 2,108, twice.
  for (const { looks } of resources) expect(looks()).toBeLessThan(6 * DAYS);
});
