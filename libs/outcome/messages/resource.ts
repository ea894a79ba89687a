import type { Translations } from '../messages.ts';

export const resourceMessages = {
  'category.unknownName': { 'pt-BR': 'Categoria desconhecida', en: 'Unknown category' },
  'resource.unknownName': { 'pt-BR': 'Recurso desconhecido', en: 'Unknown resource' },
  'category.notFound': { 'pt-BR': 'Categoria não encontrada.', en: 'Category not found.' },
  'category.inUse': {
    'pt-BR': 'A categoria ainda tem recursos.',
    en: 'The category still has resources.',
  },
  'resource.notFound': { 'pt-BR': 'Recurso não encontrado.', en: 'Resource not found.' },
  'resource.capacityOutOfRange': {
    'pt-BR': 'A capacidade deve estar entre {min} e {max}.',
    en: 'The capacity must be between {min} and {max}.',
  },
} satisfies Record<string, Translations>;
