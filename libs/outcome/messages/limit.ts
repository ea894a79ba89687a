import type { Translations } from '../messages.ts';

/** What the plan of a tenant limits. */
export const limitMessages = {
  'limit.resources': {
    'pt-BR': 'O plano da organização permite no máximo {max} recursos.',
    en: 'The plan of the organization allows at most {max} resources.',
  },
  'limit.users': {
    'pt-BR': 'O plano da organização permite no máximo {max} usuários.',
    en: 'The plan of the organization allows at most {max} users.',
  },
  'limit.webhooks': {
    'pt-BR': 'O plano da organização permite no máximo {max} webhooks.',
    en: 'The plan of the organization allows at most {max} webhooks.',
  },
  'limit.apiKeys': {
    'pt-BR': 'O plano da organização permite no máximo {max} chaves de API.',
    en: 'The plan of the organization allows at most {max} API keys.',
  },
  'limit.categories': {
    'pt-BR': 'O plano da organização permite no máximo {max} categorias.',
    en: 'The plan of the organization allows at most {max} categories.',
  },
} satisfies Record<string, Translations>;
