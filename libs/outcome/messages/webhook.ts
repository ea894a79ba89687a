import type { Translations } from '../messages.ts';

export const webhookMessages = {
  'webhook.notFound': { 'pt-BR': 'Webhook não encontrado.', en: 'Webhook not found.' },
  'webhook.deliveryNotFound': { 'pt-BR': 'Entrega não encontrada.', en: 'Delivery not found.' },
  'webhook.inactive': {
    'pt-BR': 'O webhook está desativado. Ative-o antes de reenviar.',
    en: 'The webhook is off. Turn it on before redelivering.',
  },
  'webhook.noEvent': {
    'pt-BR': 'Informe ao menos um evento.',
    en: 'Specify at least one event.',
  },
  'webhook.urlMalformed': {
    'pt-BR': 'O endereço deve ser uma URL https, como https://exemplo.com/eventos.',
    en: 'The address must be an https URL, such as https://example.com/events.',
  },
  'webhook.urlHasCredentials': {
    'pt-BR': 'O endereço não pode conter usuário nem senha; use um segredo para assinar.',
    en: 'The address cannot contain a user name or password; use a secret for signatures.',
  },
  'webhook.urlNotHttps': {
    'pt-BR': 'O endereço deve usar https.',
    en: 'The address must use https.',
  },
  'webhook.urlNotPublic': {
    'pt-BR': 'O endereço deve ser público: redes privadas, locais e reservadas não são aceitas.',
    en: 'The address must be public: private, local and reserved networks are not accepted.',
  },
  'webhook.secretEmpty': {
    'pt-BR': 'O segredo não pode ficar vazio; envie null para não assinar as entregas.',
    en: 'The secret cannot be empty; send null to leave deliveries unsigned.',
  },
  'webhook.secretTooLong': {
    'pt-BR': 'O segredo pode ter no máximo {max} caracteres.',
    en: 'The secret can have at most {max} characters.',
  },
  'webhook.secretMalformed': {
    'pt-BR': 'Depois de whsec_ o segredo deve estar em base64.',
    en: 'After whsec_ the secret must be base64.',
  },
} satisfies Record<string, Translations>;
