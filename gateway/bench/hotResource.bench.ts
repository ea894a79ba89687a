/** The latency of another tenant's bookings while many clients book a resource whose lock is held. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { federation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';
import { percentilesOf, reporter, say } from './report.ts';

const report = reporter(import.meta.filename);
const CLIENTS = 200;
const LOCK_MS = 8_000;
/** After a refusal. */
const PAUSE_MS = 1_000;
/** In the warm-up and without load. */
const BOOKINGS_ALONE = 100;
const RESOURCES = 4;
const [FIRST_HOUR, LAST_HOUR, FIRST_DAY, LAST_DAY] = [6, 21, 6, 28] as const;

const vaga = await federation({ variables: { LOG_LEVEL: 'silent' } });
const platform = await vaga.signIn();
const [calm, hot] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

/** Returns 'done', or the code of the refusal or error. */
async function book(
  setup: TenantSetup,
  resourceId: string,
  [day, hour]: readonly [number, number],
): Promise<string> {
  const { data, errors } = await vaga.ask(
    'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }',
    { input: { resourceId, startTime: daysAhead(day, hour), endTime: daysAhead(day, hour + 1) } },
    { token: setup.user.token },
  );
  return errors?.[0]?.extensions.code ?? data.createBooking.userErrors[0]?.code ?? 'done';
}

const count = (codes: string[]) =>
  JSON.stringify(
    Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((one) => one === code).length])),
  );
function reportRequests(name: string, times: number[], codes: string[]): void {
  percentilesOf(name, times, [50, 99, 100]).forEach(report);
  say(`${times.length} requests: ${count(codes)}`);
}

it(`another tenant books while ${CLIENTS} clients book one resource`, async () => {
  const rooms: string[] = [];
  for (let n = 0; n < RESOURCES; n += 1) {
    const input = { categoryId: calm.categoryId, name: `Sala ${n}` };
    rooms.push(
      (await mutate(vaga, calm.admin.token, 'createResource', input, 'resource { id }')).resource.id,
    );
  }
  const slots = rooms.flatMap((room) =>
    Array.from({ length: LAST_DAY - FIRST_DAY }, (_, day) => FIRST_DAY + day).flatMap((day) =>
      Array.from({ length: LAST_HOUR - FIRST_HOUR }, (_, hour) => ({
        room,
        at: [day, FIRST_HOUR + hour] as const,
      })),
    ),
  );
  /** Books for the calm tenant until `isOver`. */
  async function calmBookings(name: string, isOver: (created: number) => boolean): Promise<string[]> {
    const times: number[] = [];
    const codes: string[] = [];
    for (let slot = slots.shift(); slot && !isOver(times.length); slot = slots.shift()) {
      const began = performance.now();
      codes.push(await book(calm, slot.room, slot.at));
      times.push(performance.now() - began);
    }
    reportRequests(name, times, codes);
    return codes;
  }
  await calmBookings('warm-up', (created) => created === BOOKINGS_ALONE);
  await calmBookings('alone', (created) => created === BOOKINGS_ALONE);

  const holder = await vaga.databases.booking.sql.reserve();
  await holder`begin`;
  await acquireLocks({ sql: holder }, LOCK_KEYS.booking('RESOURCE', hot.resourceId));
  let isLocked = true;
  const codes: string[] = [];
  const times: number[] = [];
  const clients = Array.from({ length: CLIENTS }, async (_, number) => {
    while (isLocked) {
      const began = performance.now();
      const code = await book(hot, hot.resourceId, [FIRST_DAY + (number % 20), FIRST_HOUR + (number % 10)]);
      times.push(performance.now() - began);
      codes.push(code);
      if (code !== 'done') await sleep(PAUSE_MS);
    }
  });
  await sleep(PAUSE_MS);
  const release = sleep(LOCK_MS).then(async () => {
    isLocked = false;
    await holder`rollback`;
    holder.release();
  });
  const beside = await calmBookings('beside', () => !isLocked);
  await release;
  await Promise.all(clients);
  reportRequests('the hot resource', times, codes);
  expect(new Set(beside)).toEqual(new Set(['done']));
});
