import type { Translations } from '../messages.ts';

export const tenantMessages = {
  'tenant.unknownName': { 'pt-BR': 'Organização desconhecida', en: 'Unknown tenant' },
  'tenant.domainMalformed': {
    'pt-BR': 'O domínio deve ser um nome de host, como academia-fit.com.',
    en: 'The domain must be a host name, such as academia-fit.com.',
  },
  'tenant.domainTaken': {
    'pt-BR': 'Este domínio já pertence a outra organização.',
    en: 'This domain already belongs to another tenant.',
  },
  'tenant.zoneUnknown': {
    'pt-BR': 'Fuso horário desconhecido: {zone}.',
    en: 'Unknown time zone: {zone}.',
  },
  'tenant.localeUnknown': {
    'pt-BR': 'Localidade desconhecida: {locale}.',
    en: 'Unknown locale: {locale}.',
  },
  'tenant.noWorkingDay': {
    'pt-BR': 'Informe ao menos um dia de funcionamento.',
    en: 'Specify at least one working day.',
  },
  'tenant.endsAtMidnight': {
    'pt-BR': 'O fim do dia é 24:00, não 00:00.',
    en: 'The end of a day is 24:00, not 00:00.',
  },
  'tenant.hoursWithSeconds': {
    'pt-BR': 'O horário de funcionamento deve começar e terminar em minutos inteiros.',
    en: 'Working hours must start and end at whole minutes.',
  },
  'tenant.intervalTooLong': {
    'pt-BR':
      'O intervalo das reservas não cabe no horário de funcionamento, que tem {minutes|minuto|minutos}.',
    en: 'The booking interval does not fit into the working hours, which have {minutes|minute|minutes}.',
  },
  'tenant.limitOutOfRange': {
    'pt-BR': 'O limite deve estar entre {min} e {max}.',
    en: 'The limit must be between {min} and {max}.',
  },
  'tenant.tooManyReminders': {
    'pt-BR': 'Informe no máximo {max} lembretes.',
    en: 'Specify at most {max} reminders.',
  },
  'tenant.hoursCrossMidnight': {
    'pt-BR': 'Alguns horários passam da meia-noite; altere-os primeiro.',
    en: 'Some hours cross midnight; change them first.',
  },
  'tenant.hoursEndFirst': {
    'pt-BR': 'O fim do horário de funcionamento deve vir depois do início.',
    en: 'Working hours must end after they start.',
  },
} satisfies Record<string, Translations>;
