import type { Translations } from '../messages.ts';

/** Messages that several subgraphs use. */
export const sharedMessages = {
  'shared.notFound': { 'pt-BR': 'Não encontrado.', en: 'Not found.' },
  'shared.nameEmpty': { 'pt-BR': 'O nome não pode ficar vazio.', en: 'The name cannot be empty.' },
  'shared.nameTooLong': {
    'pt-BR': 'O nome pode ter no máximo {max} caracteres.',
    en: 'The name can have at most {max} characters.',
  },
  'shared.textEmpty': { 'pt-BR': '{field} não pode ficar vazio.', en: '{field} cannot be empty.' },
  'shared.textTooLong': {
    'pt-BR': '{field} pode ter no máximo {max} caracteres.',
    en: '{field} can have at most {max} characters.',
  },
  'shared.cannotBeNull': { 'pt-BR': '{field} não pode ser nulo.', en: '{field} cannot be null.' },
  'shared.tenantNotFound': { 'pt-BR': 'Organização não encontrada.', en: 'Tenant not found.' },
  'shared.tenantInactive': { 'pt-BR': 'A organização está inativa.', en: 'The tenant is inactive.' },
} satisfies Record<string, Translations>;
