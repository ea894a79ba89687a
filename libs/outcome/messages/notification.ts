import type { Translations } from '../messages.ts';

/**
 * Texts of e-mails. A tenant's label for its bookings may have either grammatical gender in Portuguese, so sentences agree with a
 * noun of their own ("o horário"), never with the label.
 */
export const notificationMessages = {
  'notification.greeting': { 'pt-BR': 'Olá, {name}!', en: 'Hello {name},' },
  'notification.greetingWithoutName': { 'pt-BR': 'Olá!', en: 'Hello,' },
  'notification.subject': {
    'pt-BR': '{headline}: {booking} – {resource}, {when}',
    en: '{headline}: {booking} – {resource}, {when}',
  },
  'notification.heading': { 'pt-BR': '{headline}: {booking}', en: '{headline}: {booking}' },
  'notification.subjectWithoutResource': {
    'pt-BR': '{headline}: {booking}, {when}',
    en: '{headline}: {booking}, {when}',
  },
  'notification.footer': {
    'pt-BR': 'Mensagem automática de {tenant}.',
    en: 'This message was sent automatically by {tenant}.',
  },

  // Booking changes
  'notification.headline.requested': { 'pt-BR': 'Solicitação recebida', en: 'Request received' },
  'notification.text.requested': {
    'pt-BR': 'Recebemos a solicitação do horário abaixo. Avisaremos quando houver uma resposta.',
    en: 'We have received the request for the time below and will write again once it is answered.',
  },
  'notification.headline.pending': { 'pt-BR': 'Aguardando confirmação', en: 'Awaiting confirmation' },
  'notification.text.pending': {
    'pt-BR': 'O horário abaixo aguarda confirmação.',
    en: 'The time below is awaiting confirmation.',
  },
  'notification.headline.confirmed': { 'pt-BR': 'Confirmação', en: 'Confirmed' },
  'notification.text.confirmed': {
    'pt-BR': 'O horário abaixo está confirmado.',
    en: 'The time below is confirmed.',
  },
  'notification.headline.rejected': { 'pt-BR': 'Solicitação recusada', en: 'Request declined' },
  'notification.text.rejected': {
    'pt-BR': 'A solicitação do horário abaixo foi recusada.',
    en: 'The request for the time below was declined.',
  },
  'notification.headline.undecided': { 'pt-BR': 'Solicitação sem resposta', en: 'Request not answered' },
  'notification.text.undecided': {
    'pt-BR':
      'Ninguém respondeu a tempo à solicitação do horário abaixo. Por isso ela foi recusada automaticamente.',
    en: 'Nobody answered the request for the time below in time, so it was declined automatically.',
  },
  'notification.headline.cancelled': { 'pt-BR': 'Cancelamento', en: 'Cancelled' },
  'notification.text.cancelled': {
    'pt-BR': 'O horário abaixo foi cancelado.',
    en: 'The time below was cancelled.',
  },
  'notification.headline.completed': { 'pt-BR': 'Conclusão', en: 'Completed' },
  'notification.text.completed': {
    'pt-BR': 'O horário abaixo foi concluído.',
    en: 'The time below was completed.',
  },
  'notification.headline.no_show': { 'pt-BR': 'Ausência registrada', en: 'Missed' },
  'notification.text.no_show': {
    'pt-BR': 'Foi registrada uma ausência no horário abaixo.',
    en: 'The time below was recorded as missed.',
  },
  'notification.headline.reminder': { 'pt-BR': 'Lembrete', en: 'Reminder' },
  'notification.text.reminder': {
    'pt-BR': 'Este é um lembrete do seu horário agendado.',
    en: 'This is a reminder of your booking.',
  },
  'notification.headline.zone_changed': { 'pt-BR': 'Horário mantido', en: 'Time kept' },
  'notification.text.zone_changed': {
    'pt-BR':
      'As regras do fuso horário mudaram. O horário local abaixo continua valendo; se ele estiver em outra agenda, confira-o lá.',
    en: 'The rules of the time zone have changed. The local time below stays as it is; if you have it in another calendar, check it there.',
  },
  'notification.headline.moved': { 'pt-BR': 'Alteração', en: 'Changed' },
  'notification.text.moved': {
    'pt-BR': 'Houve uma alteração: abaixo estão os novos dados e, com a indicação “antes”, os anteriores.',
    en: 'There has been a change: below are the new details and, marked “before”, the earlier ones.',
  },
  'notification.headline.reassigned': { 'pt-BR': 'Transferência', en: 'Transferred' },
  'notification.text.reassigned': {
    'pt-BR': 'O horário abaixo foi passado para outra pessoa e não está mais reservado para você.',
    en: 'The time below was given to somebody else and is no longer booked for you.',
  },

  // The same change of several bookings
  'notification.several.requested': {
    'pt-BR': 'Recebemos a solicitação dos {count} horários abaixo. Avisaremos quando houver uma resposta.',
    en: 'We have received the request for the {count} times below and will write again once it is answered.',
  },
  'notification.several.pending': {
    'pt-BR': 'Os {count} horários abaixo aguardam confirmação.',
    en: 'The {count} times below are awaiting confirmation.',
  },
  'notification.several.confirmed': {
    'pt-BR': 'Os {count} horários abaixo estão confirmados.',
    en: 'The {count} times below are confirmed.',
  },
  'notification.several.rejected': {
    'pt-BR': 'A solicitação dos {count} horários abaixo foi recusada.',
    en: 'The request for the {count} times below was declined.',
  },
  'notification.several.undecided': {
    'pt-BR':
      'Ninguém respondeu a tempo à solicitação dos {count} horários abaixo. Por isso ela foi recusada automaticamente.',
    en: 'Nobody answered the request for the {count} times below in time, so it was declined automatically.',
  },
  'notification.several.cancelled': {
    'pt-BR': 'Os {count} horários abaixo foram cancelados.',
    en: 'The {count} times below were cancelled.',
  },
  'notification.several.completed': {
    'pt-BR': 'Os {count} horários abaixo foram concluídos.',
    en: 'The {count} times below were completed.',
  },
  'notification.several.no_show': {
    'pt-BR': 'Foram registradas ausências nos {count} horários abaixo.',
    en: 'The {count} times below were recorded as missed.',
  },
  'notification.several.reminder': {
    'pt-BR': 'Este é um lembrete dos seus {count} horários agendados.',
    en: 'This is a reminder of your {count} bookings.',
  },
  'notification.several.zone_changed': {
    'pt-BR':
      'As regras do fuso horário mudaram. Os {count} horários locais abaixo continuam valendo; se eles estiverem em outra agenda, confira-os lá.',
    en: 'The rules of the time zone have changed. The {count} local times below stay as they are; if you have them in another calendar, check them there.',
  },
  'notification.several.moved': {
    'pt-BR':
      'Houve uma alteração de {count} horários: abaixo estão os novos dados e, com a indicação “antes”, os anteriores.',
    en: 'There has been a change to {count} times: below are the new details and, marked “before”, the earlier ones.',
  },
  'notification.several.reassigned': {
    'pt-BR':
      'Os {count} horários abaixo foram passados para outra pessoa e não estão mais reservados para você.',
    en: 'The {count} times below were given to somebody else and are no longer booked for you.',
  },

  // Booking details
  'notification.when': { 'pt-BR': 'Quando', en: 'When' },
  'notification.seats': { 'pt-BR': 'Lugares', en: 'Seats' },
  'notification.before': { 'pt-BR': '{label} (antes)', en: '{label} (before)' },
  'notification.movedStart': { 'pt-BR': '{start} (antes: {before})', en: '{start} (before: {before})' },
  'notification.also': { 'pt-BR': 'Também', en: 'Also' },
  'notification.more': {
    'pt-BR': 'mais {count}; o último: {last}',
    en: '{count} more; the last one: {last}',
  },
  'notification.madeBy': { 'pt-BR': 'Solicitante', en: 'Requested by' },
  'notification.reason': { 'pt-BR': 'Motivo', en: 'Reason' },
  'notification.onOneDay': {
    'pt-BR': '{day}, das {start} às {end} ({zone})',
    en: '{day}, {start} to {end} ({zone})',
  },
  'notification.overDays': {
    'pt-BR': '{day}, {start}, até {endDay}, {end} ({zone})',
    en: '{day}, {start} until {endDay}, {end} ({zone})',
  },

  // A webhook was turned off
  'notification.webhook.headline': { 'pt-BR': 'Webhook desativado', en: 'Webhook turned off' },
  'notification.webhook.subject': {
    'pt-BR': 'Webhook desativado: {host}',
    en: 'Webhook turned off: {host}',
  },
  'notification.webhook.gone': {
    'pt-BR': 'Desativamos o webhook abaixo: o destino respondeu que não existe mais (HTTP 410).',
    en: 'We have turned off the webhook below: its endpoint answered that it no longer exists (HTTP 410).',
  },
  'notification.webhook.failing': {
    'pt-BR': 'Desativamos o webhook abaixo: todas as entregas falham há dias.',
    en: 'We have turned off the webhook below: every delivery has failed for days.',
  },
  'notification.webhook.next': {
    'pt-BR': 'Corrija o destino e ative o webhook novamente para voltar a receber eventos.',
    en: 'Fix the endpoint, then turn the webhook back on to receive events again.',
  },
  'notification.webhook.address': { 'pt-BR': 'Endereço', en: 'Address' },
  'notification.webhook.since': { 'pt-BR': 'Sem sucesso desde', en: 'Failing since' },
} satisfies Record<string, Translations>;
