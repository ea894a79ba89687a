import type { Translations } from '../messages.ts';

/** Messages that several subgraphs use. */
export const sharedMessages = {
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
  'shared.outOfRange': {
    'pt-BR': '{field} deve estar entre {min} e {max}.',
    en: '{field} must be between {min} and {max}.',
  },
  'shared.durationOffGrid': {
    'pt-BR': 'A duração deve ser um múltiplo do intervalo das reservas, que tem {interval} minutos.',
    en: 'The duration must be a multiple of the booking interval, which has {interval} minutes.',
  },
  'shared.durationsReversed': {
    'pt-BR': 'A duração mínima, de {min} minutos, não pode passar da máxima, de {max} minutos.',
    en: 'The shortest duration, {min} minutes, cannot exceed the longest, {max} minutes.',
  },
  'shared.tooManyEntries': {
    'pt-BR': 'A lista pode ter no máximo {max} itens.',
    en: 'The list can have at most {max} entries.',
  },
  'shared.datesReversed': {
    'pt-BR': 'A última data não pode vir antes da primeira.',
    en: 'The last date cannot be before the first.',
  },
  'shared.tooManyDays': {
    'pt-BR': 'O período pode ter no máximo {max} dias.',
    en: 'The dates can span at most {max} days.',
  },
  'shared.datesOverlap': {
    'pt-BR': 'O período se sobrepõe a outro da lista.',
    en: 'The dates overlap those of another entry.',
  },
  'shared.tooManyRanges': {
    'pt-BR': 'A lista pode ter no máximo {max} horários.',
    en: 'The list can have at most {max} ranges.',
  },
  'shared.rangeEndsTooEarly': {
    'pt-BR': 'O fim do horário deve vir depois do início.',
    en: 'A range must end after its start.',
  },
  'shared.rangesOverlap': {
    'pt-BR': 'O horário se sobrepõe a outro.',
    en: 'The range overlaps another one.',
  },
  'shared.startsAtEndOfDay': {
    'pt-BR': '24:00 só é válido como horário de término.',
    en: '24:00 is valid only as an end time.',
  },
  'shared.tenantNotFound': { 'pt-BR': 'Organização não encontrada.', en: 'Tenant not found.' },
  'shared.tenantInactive': { 'pt-BR': 'A organização está inativa.', en: 'The tenant is inactive.' },
} satisfies Record<string, Translations>;
