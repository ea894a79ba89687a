import { newId } from '@libs/db/ids';
import { connectRedis } from '@libs/cache/redis';
import { invalidate } from '@libs/cache/readThrough';
import { silentLog } from '@libs/telemetry/log';
import { WIDE_LIMITS } from '@libs/testing/contexts';
import { testRedis } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { settingsKey, tenantDirectory } from './tenants.ts';

const { url, redis: server } = await testRedis();
const redis = connectRedis(url, { name: 'tenants.db.test', log: silentLog() });
// While it connects, reads bypass the cache.
beforeAll(() => vi.waitFor(() => expect(redis.status).toBe('ready'), 5_000));
afterAll(() => redis.disconnect());

const SETTINGS = {
  businessType: 'fitness',
  timezone: 'America/Sao_Paulo',
  locale: 'pt-BR',
  workingHoursStart: '08:00:00',
  workingHoursEnd: '24:00:00',
  workingDays: ['MONDAY'],
  bookingInterval: 30,
  advanceBookingDays: 30,
  cancellationHours: 24,
  autoConfirm: false,
  customLabels: { resourceSingular: 'a', resourcePlural: 'b', bookingLabel: 'c', userLabel: 'd' },
};
const NEWER = {
  minimumNoticeMinutes: 60,
  minDurationMinutes: null,
  maxDurationMinutes: 120,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 15,
  approvalHours: null,
  holdMinutes: 10,
  reminderHours: [24, 2],
  completeAutomatically: false,
  overnight: true,
  selfSignUp: true,
  signInEmails: false,
  specialHours: [
    {
      from: '2027-12-24',
      to: '2027-12-31',
      ranges: [{ start: '22:00:00', end: '04:00:00' }],
      name: null,
    },
  ],
};

/** The tenant subgraph's answer, as JSON. */
const answerOf = (id: string, settings: object) => ({
  id,
  name: 'Academia',
  domain: 'fit.example',
  frontendUrl: 'https://fit.example',
  logoUrl: null,
  themePrimaryColor: null,
  isActive: true,
  settings,
  limits: WIDE_LIMITS,
});

/** A directory whose subgraph answers with `settings`, and the selections that it was asked for. */
function setup(settings: object | null) {
  const selections: string[] = [];
  const client = {
    query: async () => ({}) as never,
    async entities(_type: string, fields: string, ids: readonly string[]) {
      selections.push(fields);
      return ids.map((id) => (settings ? answerOf(id, settings) : null)) as never[];
    },
    close: async () => {},
  };
  return { selections, directory: tenantDirectory({ client, redis, ttlSeconds: 300 }) };
}

const isCached = (id: string) => expect.poll(() => server.exists(settingsKey(id))).toBe(1);

it('reads dates and times as such, from the subgraph and from the cache', async () => {
  const { selections, directory } = setup({ ...SETTINGS, ...NEWER });
  const id = newId();
  for (const queries of [1, 1]) {
    const settings = (await directory.profile(id))!.settings;
    expect(settings).toMatchObject({ maxDurationMinutes: 120, reminderHours: [24, 2], overnight: true });
    expect(settings.workingHoursEnd).toBe(localTime('24:00'));
    expect(settings.specialHours).toEqual([
      {
        from: Temporal.PlainDate.from('2027-12-24'),
        to: Temporal.PlainDate.from('2027-12-31'),
        ranges: [{ start: localTime('22:00'), end: localTime('04:00') }],
        name: null,
      },
    ]);
    expect(selections).toHaveLength(queries);
    await isCached(id);
  }
  expect(selections[0]).toContain('specialHours { from to ranges { start end } name }');
});

it('parses a cached tenant once, until it is another', async () => {
  const settings = { ...SETTINGS, ...NEWER };
  const { directory } = setup(settings);
  const id = newId();
  await directory.profile(id);
  await isCached(id);
  const first = await directory.profile(id);
  expect(await directory.profile(id)).toBe(first);
  settings.bufferAfterMinutes = 20;
  await invalidate(redis, settingsKey(id));
  expect((await directory.profile(id))?.settings.bufferAfterMinutes).toBe(20);
  await isCached(id);
  expect((await directory.profile(id))?.settings.bufferAfterMinutes).toBe(20);
  expect(first?.settings.bufferAfterMinutes).toBe(15);
});

it('loads again what an earlier release cached without the newer settings', async () => {
  const id = newId();
  const version = 'the version of the key';
  await server.set(`${settingsKey(id)}:version`, version);
  await server.set(settingsKey(id), JSON.stringify({ version, value: answerOf(id, SETTINGS) }));
  const { selections, directory } = setup({ ...SETTINGS, ...NEWER });
  expect((await directory.profile(id))?.settings.bufferAfterMinutes).toBe(15);
  expect(selections).toHaveLength(1);
});

it('keeps that there is no such tenant, until it is invalidated', async () => {
  const { selections, directory } = setup(null);
  const id = newId();
  expect(await directory.profile(id)).toBeUndefined();
  await isCached(id);
  expect(await directory.profile(id)).toBeUndefined();
  expect(selections).toHaveLength(1);
  await invalidate(redis, settingsKey(id));
  expect(await directory.profile(id)).toBeUndefined();
  expect(selections).toHaveLength(2);
});
