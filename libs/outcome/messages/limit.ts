import type { Translations } from '../messages.ts';

/** What the plan of a tenant limits. */
export const limitMessages = {
  'limit.resources': {
    'pt-BR': 'O plano da organização permite no máximo {max|recurso|recursos}.',
    en: "The tenant's plan allows at most {max|resource|resources}.",
  },
  'limit.users': {
    'pt-BR': 'O plano da organização permite no máximo {max|usuário|usuários}.',
    en: "The tenant's plan allows at most {max|user|users}.",
  },
  'limit.webhooks': {
    'pt-BR': 'O plano da organização permite no máximo {max|webhook|webhooks}.',
    en: "The tenant's plan allows at most {max|webhook|webhooks}.",
  },
  'limit.apiKeys': {
    'pt-BR': 'O plano da organização permite no máximo {max|chave de API|chaves de API}.',
    en: "The tenant's plan allows at most {max|API key|API keys}.",
  },
  'limit.categories': {
    'pt-BR': 'O plano da organização permite no máximo {max|categoria|categorias}.',
    en: "The tenant's plan allows at most {max|category|categories}.",
  },
} satisfies Record<string, Translations>;
