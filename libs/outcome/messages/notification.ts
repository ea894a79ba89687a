import type { Translations } from '../messages.ts';

/**
 * Texts of e-mails. A tenant's label for its bookings may have either grammatical gender in Portuguese, so sentences agree with a
 * noun of their own ("o horário"), never with the label.
 */
export const notificationMessages = {
  'notification.greeting': { 'pt-BR': 'Olá, {name}!', en: 'Hello {name},' },
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

  // Booking details
  'notification.when': { 'pt-BR': 'Quando', en: 'When' },
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

  // Sent to the old address after an e-mail change
  'notification.email.headline': { 'pt-BR': 'E-mail de acesso alterado', en: 'Sign-in address changed' },
  'notification.email.subject': {
    'pt-BR': 'Seu e-mail de acesso foi alterado: {tenant}',
    en: 'Your sign-in address was changed: {tenant}',
  },
  'notification.email.changed': {
    'pt-BR':
      'O e-mail com que você entra em {tenant} foi alterado. Não é mais possível entrar com este endereço.',
    en: 'The e-mail address you use to sign in to {tenant} was changed. You can no longer sign in with this address.',
  },
  'notification.email.next': {
    'pt-BR': 'Se não foi você quem pediu a alteração, avise {tenant} imediatamente.',
    en: 'If you did not ask for this change, contact {tenant} at once.',
  },
} satisfies Record<string, Translations>;
