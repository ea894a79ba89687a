/** Every message for people, by key, with placeholders: `{name}`, or `{count|hour|hours}` for a number and its noun in singular or plural. A missing translation does not compile. */
import { accountEmailMessages } from './messages/accountEmail.ts';
import { apiMessages } from './messages/api.ts';
import { apiKeyMessages } from './messages/apiKey.ts';
import { bookingMessages } from './messages/booking.ts';
import { notificationMessages } from './messages/notification.ts';
import { resourceMessages } from './messages/resource.ts';
import { sharedMessages } from './messages/shared.ts';
import { tenantMessages } from './messages/tenant.ts';
import { userMessages } from './messages/user.ts';
import { limitMessages } from './messages/limit.ts';
import { webhookMessages } from './messages/webhook.ts';

export const LANGUAGES = ['pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const DEFAULT_LANGUAGE: Language = 'pt-BR';

export type Translations = Record<Language, string>;

const catalogue = {
  ...apiMessages,
  ...sharedMessages,
  ...tenantMessages,
  ...userMessages,
  ...apiKeyMessages,
  ...notificationMessages,
  ...accountEmailMessages,
  ...resourceMessages,
  ...bookingMessages,
  ...limitMessages,
  ...webhookMessages,
};

export type MessageKey = keyof typeof catalogue;
/** A parameter that is itself translated. */
export type Word = { word: MessageKey };
export type MessageParams = Record<string, string | number | Word>;

const PLACEHOLDER = /\{(\w+)(?:\|([^|{}]+)\|([^|{}]+))?\}/g;

/** The message with its placeholders replaced; those without a parameter remain. */
export function message(key: MessageKey, language: Language, params: MessageParams = {}): string {
  const translations: Translations = catalogue[key];
  return translations[language].replace(
    PLACEHOLDER,
    (placeholder, name: string, one?: string, several?: string) => {
      const value = params[name];
      if (value === undefined) return placeholder;
      if (typeof value === 'object') return message(value.word, language);
      return several === undefined ? String(value) : `${value} ${value === 1 ? one : several}`;
    },
  );
}

/** The preferred supported language (RFC 9110 §12.5.4), if any. */
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

/** The supported language of a locale ('pt-BR' for 'pt-PT'), if any. */
export function languageOfLocale(locale: string): Language | undefined {
  const primary = locale.toLowerCase().split('-')[0];
  if (primary === 'pt') return 'pt-BR';
  if (primary === 'en') return 'en';
  return undefined;
}
