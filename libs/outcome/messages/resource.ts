import type { Sentence } from '../messages.ts';

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
    'pt-BR': 'A capacidade deve estar entre {least} e {most}.',
    en: 'The capacity must be between {least} and {most}.',
  },
  'resource.tooManyRanges': {
    'pt-BR': 'A agenda pode ter no máximo {most} horários.',
    en: 'The schedule can have at most {most} ranges.',
  },
  'resource.rangeEndsTooEarly': {
    'pt-BR': 'O fim do horário deve vir depois do início.',
    en: 'A range must end after its start.',
  },
  'resource.rangesOverlap': {
    'pt-BR': 'O horário se sobrepõe a outro do mesmo dia.',
    en: 'The range overlaps another one of the same day.',
  },
} satisfies Record<string, Sentence>;
