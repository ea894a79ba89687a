/** National holidays that date-holidays leaves out in some regions. */
import type { Language } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import { valuesOf, type ClosureValues } from './rules.ts';

type MissingHoliday = {
  /** ISO 3166-1. */
  country: string;
  date: { month: number; day: number };
  firstYear: number;
  names: Record<Language, string>;
  /** The language of the country. */
  ownLanguage: Language;
};

const MISSING: readonly MissingHoliday[] = [
  {
    // Law 14.759/2023. The laws of AM, MT, RJ and SP, which ended with it, hide it in date-holidays 3.37.0.
    country: 'BR',
    date: { month: 11, day: 20 },
    firstYear: 2024,
    names: { 'pt-BR': 'Dia da Consciência Negra', en: 'Black Awareness Day' },
    ownLanguage: 'pt-BR',
  },
];

/** Those of the country and year on whose dates nothing is known. */
export const missingHolidays = (
  country: string,
  year: number,
  language: Language | undefined,
  known: readonly ClosureValues[],
): ClosureValues[] =>
  MISSING.filter((one) => one.country === country && one.firstYear <= year)
    .map(({ date, names, ownLanguage }) => {
      const day = Temporal.PlainDate.from({ ...date, year });
      return valuesOf({ name: names[language ?? ownLanguage], from: day, to: day });
    })
    .filter(({ from }) => !known.some((one) => includes(one, from)));

const includes = ({ from, to }: ClosureValues, day: Temporal.PlainDate): boolean =>
  Temporal.PlainDate.compare(from, day) <= 0 && Temporal.PlainDate.compare(day, to) <= 0;
