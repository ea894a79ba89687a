import type { Translations } from '../messages.ts';

export const apiKeyMessages = {
  'apiKey.notFound': { 'pt-BR': 'Chave de API não encontrada.', en: 'API key not found.' },
  'apiKey.scopesEmpty': {
    'pt-BR': 'Informe ao menos um escopo.',
    en: 'Specify at least one scope.',
  },
  'apiKey.overrideNeedsWrite': {
    'pt-BR': 'BOOKINGS_OVERRIDE exige também BOOKINGS_WRITE.',
    en: 'BOOKINGS_OVERRIDE requires BOOKINGS_WRITE too.',
  },
  'apiKey.expiryPast': {
    'pt-BR': 'A validade deve estar no futuro.',
    en: 'The expiry must be in the future.',
  },
} satisfies Record<string, Translations>;
