/**
 * Every sentence that the API says to people, in both of its languages, by key. A part per noun; a key that one
 * language lacks does not compile. Placeholders are `{name}`; values are put in as they are, words in the sentence's language.
 */
import { apiMessages } from './messages/api.ts';
import { bookingMessages } from './messages/booking.ts';
import { notificationMessages } from './messages/notification.ts';
import { resourceMessages } from './messages/resource.ts';
import { sharedMessages } from './messages/shared.ts';
import { tenantMessages } from './messages/tenant.ts';
import { userMessages } from './messages/user.ts';
import { webhookMessages } from './messages/webhook.ts';

export const LANGUAGES = ['pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
/** What a tenant's locale or a header that names neither language falls back to. */
export const DEFAULT_LANGUAGE: Language = 'pt-BR';

export type Sentence = Record<Language, string>;

const catalogue = {
  ...apiMessages,
  ...sharedMessages,
  ...tenantMessages,
  ...userMessages,
  ...notificationMessages,
  ...resourceMessages,
  ...bookingMessages,
  ...webhookMessages,
};

export type MessageKey = keyof typeof catalogue;
/** A word that each language has its own of, to be put into a sentence. */
export type Word = { word: MessageKey };
export type MessageParams = Record<string, string | number | Word>;

/** The sentence of `key` in `language` with its placeholders filled. */
export function message(key: MessageKey, language: Language, params: MessageParams = {}): string {
  const sentence: Sentence = catalogue[key];
  return sentence[language].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === 'object' ? message(value.word, language) : String(value);
  });
}

/** The first of our languages that an Accept-Language header asks for (RFC 9110 §12.5.4), or undefined. */
export function languageOf(acceptLanguage: string | undefined): Language | undefined {
  if (!acceptLanguage) return undefined;
  const ranges = acceptLanguage
    .split(',')
    .map((part, position) => {
      const [tag = '', ...params] = part.trim().split(';');
      const weight = params.map((p) => /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(p)?.[1]).find(Boolean);
      return { tag: tag.trim().toLowerCase(), q: weight === undefined ? 1 : Number(weight), position };
    })
    .filter((range) => range.q > 0)
    .sort((a, b) => b.q - a.q || a.position - b.position);
  for (const { tag } of ranges) {
    const language = languageOfLocale(tag);
    if (language) return language;
  }
  return undefined;
}

/** Our language for a locale such as 'pt-PT' or 'en-US'; undefined where we speak none. */
export function languageOfLocale(locale: string): Language | undefined {
  const primary = locale.toLowerCase().split('-')[0];
  if (primary === 'pt') return 'pt-BR';
  if (primary === 'en') return 'en';
  return undefined;
}
