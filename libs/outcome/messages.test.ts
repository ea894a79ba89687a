import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, message, type MessageKey, type Translations } from './messages.ts';

const FOLDER = new URL('./messages/', import.meta.url);
const catalogues = await Promise.all(
  readdirSync(FOLDER).map(
    (file) => import(new URL(file, FOLDER).href) as Promise<Record<string, Record<string, Translations>>>,
  ),
);
const messages = catalogues.flatMap((one) => Object.values(one).flatMap(Object.entries<Translations>));

/** Sorted, once each. */
const paramsOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name!))].sort();

describe('a message', () => {
  it('has the same parameters in every language, and no brace but those of placeholders', () => {
    for (const [key, texts] of messages) {
      const names = paramsOf(texts.en);
      const params = Object.fromEntries(names.map((name) => [name, 2]));
      for (const language of LANGUAGES) {
        expect(paramsOf(texts[language]), key).toEqual(names);
        expect(message(key as MessageKey, language, params), key).not.toMatch(/[{}|]/);
      }
    }
  });

  it('names a number in singular and plural', () => {
    const inLanguages = (max: number) =>
      LANGUAGES.map((language) => message('limit.apiKeys', language, { max }));
    expect(inLanguages(1)).toEqual([
      'O plano da organização permite no máximo 1 chave de API.',
      "The tenant's plan allows at most 1 API key.",
    ]);
    expect(inLanguages(20)).toEqual([
      'O plano da organização permite no máximo 20 chaves de API.',
      "The tenant's plan allows at most 20 API keys.",
    ]);
  });

  it('keeps a placeholder whose parameter is missing', () => {
    expect(message('limit.apiKeys', 'en')).toContain('{max|API key|API keys}');
  });
});
