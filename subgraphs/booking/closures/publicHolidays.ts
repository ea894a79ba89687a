/** The public holidays of the world, from the package date-holidays, and what it leaves out. */
import { localTime, START_OF_DAY } from '@libs/time/localTimes';
import type Calendar from 'date-holidays';
import { Temporal } from 'temporal-polyfill';
import type { Language } from '@libs/outcome/messages';
import { missingHolidays } from './missingHolidays.ts';
import { valuesOf, type ClosureValues } from './rules.ts';

type Holiday = ReturnType<Calendar['getHolidays']>[number];

export type HolidayQuery = {
  /** ISO 3166-1, such as 'BR'. */
  country: string;
  /** ISO 3166-2 with or without its country: 'DE-BY', 'BY'; of some a part as well: 'BY-A'. */
  region?: string | null | undefined;
  year: number;
  /** The language of the names; undefined: the country's own. */
  language?: Language | undefined;
};

type UnknownArea = 'country' | 'region';

const NAMES_IN = { 'pt-BR': 'pt', en: 'en' } satisfies Record<Language, string>;
const HOUR_MS = 3_600_000;
const HOURS_A_DAY = 24;

/** By date. Those of several days, or of the same name on consecutive dates, are one closure. */
export async function publicHolidays({
  country,
  region,
  year,
  language,
}: HolidayQuery): Promise<ClosureValues[] | UnknownArea> {
  // Takes a quarter of a second the first time, which no start should pay for.
  const { default: Holidays } = await import('date-holidays');
  const countryCode = country.toUpperCase();
  const calendar = new Holidays();
  if (!Object.hasOwn(calendar.getCountries(), countryCode)) return 'country';
  const area = areaIn(calendar, countryCode, region);
  if (!area) return 'region';
  const { state, part } = area;
  calendar.init(countryCode, state, part, language ? { languages: [NAMES_IN[language]] } : {});
  const found = calendar
    .getHolidays(year)
    .filter(({ type }) => type === 'public')
    .map(closureOf);
  const missing = missingHolidays(countryCode, year, language, found);
  return mergeConsecutive([...found, ...missing].toSorted(byDate));
}

/** State and part of it, as the library writes them; undefined: there is no such region. */
function areaIn(
  calendar: Calendar,
  country: string,
  region: string | null | undefined,
): { state?: string; part?: string } | undefined {
  if (region == null) return {};
  const code = region.toUpperCase();
  const [state = '', ...rest] = code.replace(`${country}-`, '').split('-');
  const part = rest.join('-');
  const knownState = keyIn(calendar.getStates(country), state);
  if (!knownState) return undefined;
  if (!part) return { state: knownState };
  const knownPart = keyIn(calendar.getRegions(country, knownState), part);
  return knownPart ? { state: knownState, part: knownPart } : undefined;
}

const keyIn = (names: Record<string, string> | undefined, code: string): string | undefined =>
  Object.keys(names ?? {}).find((key) => key.toUpperCase() === code);

/**
 * `date` has the local date and time, such as '2027-12-24 12:00:00'. Days of the Islamic and the Hebrew calendar, which begin at sunset of
 * the date before, bear an offset after it; businesses keep the date itself.
 */
function closureOf({ date, name, start, end }: Holiday): ClosureValues {
  const [day, time] = date.split(' ') as [string, string];
  const from = Temporal.PlainDate.from(day);
  const startTime = localTime(time);
  if (startTime !== START_OF_DAY) return valuesOf({ name, from, to: from, startTime });
  // Days on which the clock changes have 23 or 25 hours.
  const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / HOUR_MS / HOURS_A_DAY));
  return valuesOf({ name, from, to: from.add({ days: days - 1 }) });
}

const byDate = (a: ClosureValues, b: ClosureValues): number => Temporal.PlainDate.compare(a.from, b.from);

/** Repetitions count once. */
function mergeConsecutive(holidays: readonly ClosureValues[]): ClosureValues[] {
  const merged: ClosureValues[] = [];
  for (const one of holidays) {
    const at = merged.findIndex((earlier) => continues(earlier, one));
    if (at < 0) merged.push(one);
    else if (Temporal.PlainDate.compare(one.to, merged[at]!.to) > 0)
      merged[at] = { ...merged[at]!, to: one.to };
  }
  return merged;
}

/** Part of a day continues only itself. */
function continues(earlier: ClosureValues, later: ClosureValues): boolean {
  if (earlier.name !== later.name || earlier.startTime !== later.startTime) return false;
  const until = earlier.startTime === null ? earlier.to.add({ days: 1 }) : earlier.to;
  return Temporal.PlainDate.compare(later.from, until) <= 0;
}
