import type { ClosureRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import { codesOf, exampleDirectory, platformCaller, valueOf } from '../booking.fixtures.ts';
import type { ImportHolidaysInput } from '../generated.ts';
import { closing, date, exampleClosures } from './closures.fixtures.ts';
import { importHolidays } from './importHolidays.ts';
import { closures } from './reads.ts';
import { MAX_CLOSURES_AHEAD, MAX_CLOSURES_AT_ONCE } from './rules.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'holidays' });
afterAll(() => db.close());
const directory = exampleDirectory();

/** In 2027. */
function setup(locale = 'pt-BR') {
  const example = exampleClosures(db, directory);
  example.tenant.profile.settings.locale = locale;
  const input = (more: Partial<ImportHolidaysInput> = {}) => ({ country: 'BR', year: 2027, ...more });
  const outcome = (more?: Partial<ImportHolidaysInput>) => importHolidays(example.ctx(), input(more));
  return {
    ...example,
    outcome,
    run: async (more?: Partial<ImportHolidaysInput>) => valueOf(await outcome(more)),
  };
}

const datesOf = (rows: readonly ClosureRow[]) =>
  Object.fromEntries(
    rows.map(({ name, fromDate, toDate }) => [
      name,
      fromDate === toDate ? fromDate : `${fromDate}/${toDate}`,
    ]),
  );
const fieldsOf = (outcome: Awaited<ReturnType<typeof importHolidays>>) =>
  outcome.ok ? [] : outcome.refusals.map(({ code, field }) => `${code} ${field?.join('.')}`);

const BRAZIL = {
  'Ano Novo': '2027-01-01',
  'Sexta-Feira Santa': '2027-03-26',
  'Dia de Tiradentes': '2027-04-21',
  'Dia do trabalhador': '2027-05-01',
  'Dia da Independência': '2027-09-07',
  'Nossa Senhora Aparecida': '2027-10-12',
  'Dia de Finados': '2027-11-02',
  'Proclamação da República': '2027-11-15',
  'Dia da Consciência Negra': '2027-11-20',
  Natal: '2027-12-25',
};

describe('importHolidays', () => {
  it('closes Brazil on its holidays by law, which carnival is not, and announces each', async () => {
    const { tenant, run, events } = setup();
    const { closures: made } = await run();
    expect(datesOf(made)).toEqual(BRAZIL);
    for (const row of made) {
      expect(row).toMatchObject({ startTime: null, endTime: null, resourceIds: null, categoryIds: null });
    }
    const announced = await events('closure.created');
    expect(announced.map(({ payload }) => payload['closure_id'])).toEqual(made.map(({ id }) => id));
    const page = await closures(tenant.as(tenant.user()), {});
    expect(page.nodes).toEqual(made);
  });

  it('adds nothing the second time, and only the region’s holidays afterwards', async () => {
    const { run, countClosures, events } = setup();
    await run();
    const again = await run();
    expect(again).toEqual({ closures: [], affected: [], affectedCount: 0 });
    const { closures: more } = await run({ region: 'SP' });
    expect(datesOf(more)).toEqual({ 'Revolução Constitucionalista': '2027-07-09' });
    expect(await countClosures()).toBe(Object.keys(BRAZIL).length + 1);
    expect(await events('closure.created')).toHaveLength(Object.keys(BRAZIL).length + 1);
  });

  it.each([undefined, 'AL', 'AM', 'BA', 'MT', 'RJ', 'SP', 'SP-SP'])(
    'closes Brazil on the 20th of November, once, in the region %s',
    async (region) => {
      const { closures: made } = await setup().run({ region });
      const inNovember = made.filter(({ fromDate }) => fromDate === '2027-11-20');
      expect(inNovember).toMatchObject([{ toDate: '2027-11-20', startTime: null }]);
    },
  );

  it.each([
    ['pt-BR', 'Dia da Consciência Negra'],
    ['en-GB', 'Black Awareness Day'],
    ['fr-FR', 'Dia da Consciência Negra'],
  ])('names what the library lacks, for %s', async (locale, name) => {
    const { closures: made } = await setup(locale).run({ region: 'RJ' });
    expect(datesOf(made)).toMatchObject({ [name]: '2027-11-20' });
  });

  it('adds each holiday once, however many import at the same moment', async () => {
    const { run, countClosures } = setup();
    const made = await Promise.all(Array.from({ length: 4 }, () => run()));
    const lengths = made.map(({ closures: { length } }) => length).toSorted((a, b) => a - b);
    expect(lengths).toEqual([0, 0, 0, Object.keys(BRAZIL).length]);
    expect(await countClosures()).toBe(Object.keys(BRAZIL).length);
  });

  it('keeps a closure of other dates, hours or resources, and adds the holiday beside it', async () => {
    const { tenant, run, close, countClosures } = setup();
    const before = [
      closing('2027-12-24', { name: 'Natal', to: date('2027-12-25') }),
      closing('2027-09-07', { name: 'Dia da Independência', resourceIds: [tenant.resource()] }),
    ];
    await close([...before, closing('2027-01-01', { name: 'Ano Novo' })]);
    const { closures: made } = await run();
    expect(made.map(({ name }) => name)).toEqual(Object.keys(BRAZIL).filter((name) => name !== 'Ano Novo'));
    expect(await countClosures()).toBe(Object.keys(BRAZIL).length + before.length);
  });

  it.each(['BY', 'by', 'DE-BY'])('closes Germany in the region %s', async (region) => {
    const { closures: made } = await setup('de-DE').run({ country: 'DE', region });
    // Names in a language that Vaga does not speak are the country's own.
    expect(datesOf(made)).toMatchObject({ 'Heilige Drei Könige': '2027-01-06', Fronleichnam: '2027-05-27' });
    expect(made).toHaveLength(12);
  });

  it('closes a part of a region that has a holiday of its own', async () => {
    const { closures: made } = await setup('de-DE').run({ country: 'de', region: 'BY-A' });
    expect(datesOf(made)).toMatchObject({ 'Augsburger Friedensfest': '2027-08-08' });
  });

  it('names holidays in the tenant’s language, if it is Portuguese or English', async () => {
    const inEnglish = await setup('en-GB').run();
    expect(datesOf(inEnglish.closures)).toMatchObject({ 'Republic Day': '2027-11-15' });
    const inPortuguese = await setup('pt-BR').run({ country: 'US' });
    expect(datesOf(inPortuguese.closures)).toMatchObject({ 'Dia da Independência': '2027-07-04' });
    const inSpanish = await setup('es-ES').run({ country: 'ES', region: 'MD' });
    expect(datesOf(inSpanish.closures)).toMatchObject({ 'Jueves Santo': '2027-03-25' });
  });

  it('closes the United States, substitute days included, in English', async () => {
    const { closures: made } = await setup('en-US').run({ country: 'US' });
    expect(datesOf(made)).toMatchObject({
      'Thanksgiving Day': '2027-11-25',
      'Independence Day': '2027-07-04',
      'Independence Day (substitute day)': '2027-07-05',
    });
    expect(made.map(({ name }) => name)).not.toContain('Halloween');
  });

  it('makes one closure of several days, also where a calendar lists each of them', async () => {
    const inKorea = await setup('en').run({ country: 'KR' });
    expect(Object.values(datesOf(inKorea.closures))).toContain('2027-09-14/2027-09-16');
    const inChina = await setup('en').run({ country: 'CN' });
    expect(Object.values(datesOf(inChina.closures))).toContain('2027-10-01/2027-10-03');
    // By the Islamic calendar, whose days begin at sunset.
    const inArabia = await setup('en').run({ country: 'SA' });
    expect(Object.values(datesOf(inArabia.closures))).toContain('2027-03-09/2027-03-12');
  });

  it('closes the rest of a day on which the holiday begins at noon', async () => {
    const inGuatemala = await setup('en').run({ country: 'GT' });
    expect(inGuatemala.closures.find(({ fromDate }) => fromDate === '2027-12-24')).toMatchObject({
      startTime: '12:00:00',
      endTime: null,
    });
  });

  it('keeps bookings, refuses because of them, or cancels them, as createClosures does', async () => {
    const { tenant, outcome, run, insertBooking, statuses, countClosures } = setup();
    await insertBooking({ resourceId: tenant.resource(), start: '2027-09-07T13:00Z' });
    expect(fieldsOf(await outcome({ effect: 'REFUSE' }))).toEqual(['CONFLICT input.effect']);
    expect(await countClosures()).toBe(0);
    expect(await run({ effect: 'CANCEL' })).toMatchObject({
      affected: [{ status: 'CANCELLED', cancellationReason: 'Dia da Independência' }],
      affectedCount: 1,
    });
    expect(await statuses()).toEqual({ CANCELLED: 1 });
  });

  it.each<[string, Partial<ImportHolidaysInput>, string[]]>([
    ['a country that does not exist', { country: 'XX' }, ['INVALID input.country']],
    ['no country', { country: '' }, ['INVALID input.country']],
    ['a name of every object', { country: 'constructor' }, ['INVALID input.country']],
    ['a region of another country', { region: 'BY' }, ['INVALID input.region']],
    ['an empty region', { region: '' }, ['INVALID input.region']],
    ['a region of a country without any', { country: 'VA', region: 'X' }, ['INVALID input.region']],
    ['a part that does not exist', { country: 'DE', region: 'BY-X' }, ['INVALID input.region']],
    ['last year', { year: 2026 }, ['INVALID input.year']],
    ['three years ahead', { year: 2030 }, ['INVALID input.year']],
    ['everything', { country: 'XX', year: 0 }, ['INVALID input.year', 'INVALID input.country']],
  ])('refuses %s', async (_, input, expected) => {
    const { outcome, countClosures } = setup();
    expect(fieldsOf(await outcome(input))).toEqual(expected);
    expect(await countClosures()).toBe(0);
  });

  it('accepts this year and the two after it, by the tenant’s calendar', async () => {
    const { tenant, manager, run } = setup();
    for (const year of [2028, 2029]) {
      const { closures: made } = await run({ year });
      expect(new Set(made.map(({ fromDate }) => fromDate.slice(0, 4)))).toEqual(new Set([String(year)]));
      expect(datesOf(made)).toMatchObject({ Natal: `${year}-12-25` });
    }
    // 2026 still, three hours west of Greenwich.
    const earlier = tenant.as(manager, { now: tenant.now.subtract({ hours: 82 }) });
    expect(codesOf(await importHolidays(earlier, { country: 'BR', year: 2026 }))).toEqual([]);
  });

  it('counts toward the closures that lie ahead', async () => {
    const { outcome, close } = setup();
    const many = Array.from({ length: MAX_CLOSURES_AT_ONCE }, () => closing());
    for (let count = 0; count < MAX_CLOSURES_AHEAD; count += many.length) await close(many);
    expect(fieldsOf(await outcome())).toEqual(['TOO_MANY input.year']);
  }, 60_000);

  it('requires what createClosures requires', async () => {
    const { tenant, run } = setup();
    const input: ImportHolidaysInput = { country: 'BR', year: 2027 };
    const as = (caller: Parameters<typeof tenant.as>[0]) => importHolidays(tenant.as(caller), input);
    await expect(as(tenant.user({ canManageBookings: true }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const cancelling = importHolidays(tenant.as(tenant.user({ canManageResources: true })), {
      ...input,
      effect: 'CANCEL',
    });
    await expect(cancelling).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(codesOf(await as(tenant.user({ canManageResources: true })))).toEqual([]);

    const byPlatform = (tenantId: string) =>
      importHolidays(tenant.as(platformCaller()), { ...input, tenantId });
    expect(codesOf(await byPlatform(tenant.id))).toEqual([]);
    expect(codesOf(await byPlatform(setup().tenant.id))).toEqual([]);
    tenant.profile.isActive = false;
    expect(await run({ year: 2028 }).catch(String)).toContain('INACTIVE');
  });
});
