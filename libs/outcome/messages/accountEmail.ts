import type { Translations } from '../messages.ts';

/** Texts of e-mails about accounts; those of every e-mail are among `notificationMessages`. */
export const accountEmailMessages = {
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

  // A link to choose a new password
  'notification.passwordReset.headline': { 'pt-BR': 'Troca de senha', en: 'Change your password' },
  'notification.passwordReset.subject': {
    'pt-BR': 'Troca de senha: {tenant}',
    en: 'Change your password: {tenant}',
  },
  'notification.passwordReset.text': {
    'pt-BR': 'Recebemos um pedido para trocar a sua senha em {tenant}. Use o link abaixo dentro de uma hora.',
    en: 'We have received a request to change your password at {tenant}. Use the link below within an hour.',
  },
  'notification.passwordReset.next': {
    'pt-BR': 'Se não foi você quem pediu, ignore esta mensagem: sua senha continua a mesma.',
    en: 'If you did not ask for this, ignore this message: your password stays the same.',
  },
  'notification.passwordReset.link': { 'pt-BR': 'Escolher nova senha', en: 'Choose a new password' },

  // A link to an export of the tenant
  'notification.tenantExport.headline': { 'pt-BR': 'Exportação dos dados', en: 'Export of your data' },
  'notification.tenantExport.subject': {
    'pt-BR': 'Exportação dos dados: {tenant}',
    en: 'Export of your data: {tenant}',
  },
  'notification.tenantExport.text': {
    'pt-BR':
      'Foi pedida uma exportação de todos os dados de {tenant}. O link abaixo funciona por um dia, enquanto você for administrador.',
    en: 'An export of all data of {tenant} was requested. The link below works for a day, as long as you are an administrator.',
  },
  'notification.tenantExport.next': {
    'pt-BR':
      'O arquivo contém dados pessoais de todos: guarde-o com cuidado e não encaminhe este e-mail. Se ninguém da sua equipe fez o pedido, troque a sua senha: o link deixa de funcionar.',
    en: "The file has everyone's personal data: keep it safe, and do not forward this e-mail. If nobody of your team asked for it, change your password: the link then stops working.",
  },
  'notification.tenantExport.link': { 'pt-BR': 'Baixar os dados', en: 'Download the data' },

  // A link to verify an address
  'notification.emailVerification.headline': {
    'pt-BR': 'Confirme o seu e-mail',
    en: 'Verify your e-mail address',
  },
  'notification.emailVerification.subject': {
    'pt-BR': 'Confirme o seu e-mail: {tenant}',
    en: 'Verify your e-mail address: {tenant}',
  },
  'notification.emailVerification.text': {
    'pt-BR': 'Confirme, dentro de um dia, que este endereço é seu e que você o usa em {tenant}.',
    en: 'Confirm within a day that this address is yours and that you use it at {tenant}.',
  },
  'notification.emailVerification.next': {
    'pt-BR': 'Se não foi você quem se cadastrou, ignore esta mensagem e não use o link.',
    en: 'If you did not sign up, ignore this message and do not use the link.',
  },
  'notification.emailVerification.link': { 'pt-BR': 'Confirmar e-mail', en: 'Verify the address' },

  // An invitation
  'notification.invitation.headline': { 'pt-BR': 'Convite', en: 'Invitation' },
  'notification.invitation.subject': { 'pt-BR': 'Convite: {tenant}', en: 'Invitation: {tenant}' },
  'notification.invitation.text': {
    'pt-BR': 'Você tem um convite para usar {tenant}. Aceite-o dentro de sete dias e escolha a sua senha.',
    en: 'You are invited to use {tenant}. Accept within seven days, and choose your password.',
  },
  'notification.invitation.next': {
    'pt-BR': 'Se você não esperava este convite, ignore esta mensagem.',
    en: 'If you did not expect this invitation, ignore this message.',
  },
  'notification.invitation.link': { 'pt-BR': 'Aceitar o convite', en: 'Accept the invitation' },

  // Somebody signed up with an address that is taken
  'notification.addressTaken.headline': {
    'pt-BR': 'Você já tem um cadastro',
    en: 'You already have an account',
  },
  'notification.addressTaken.subject': {
    'pt-BR': 'Você já tem um cadastro: {tenant}',
    en: 'You already have an account: {tenant}',
  },
  'notification.addressTaken.text': {
    'pt-BR': 'Alguém tentou se cadastrar em {tenant} com este endereço, que já tem um cadastro. Nada mudou.',
    en: 'Somebody tried to sign up at {tenant} with this address, which already has an account. Nothing has changed.',
  },
  'notification.addressTaken.next': {
    'pt-BR':
      'Se foi você, entre com a sua senha, ou peça uma nova se não souber qual é. Se não foi, ignore esta mensagem.',
    en: 'If it was you, sign in with your password, or ask for a new one if you do not know it. If not, ignore this message.',
  },
  'notification.addressTaken.link': { 'pt-BR': 'Entrar', en: 'Sign in' },

  // Somebody signed up with an address whose sign-up nobody has verified
  'notification.signUpRepeated.headline': { 'pt-BR': 'Escolha a sua senha', en: 'Choose your password' },
  'notification.signUpRepeated.subject': {
    'pt-BR': 'Escolha a sua senha: {tenant}',
    en: 'Choose your password: {tenant}',
  },
  'notification.signUpRepeated.text': {
    'pt-BR':
      'Este endereço já tem um cadastro em {tenant}, que ainda não foi confirmado, e alguém se cadastrou de novo com ele. Por segurança, as senhas escolhidas até agora e os links de confirmação anteriores não valem mais. Escolha uma nova senha pelo link abaixo dentro de uma hora: isso também confirma o seu e-mail.',
    en: 'This address already has an account at {tenant}, which is not verified yet, and somebody has signed up with it again. For your security, the passwords chosen so far and earlier links to verify the address no longer work. Choose a new password with the link below within an hour: this also verifies your address.',
  },
  'notification.signUpRepeated.next': {
    'pt-BR': 'Se não foi você quem se cadastrou, ignore esta mensagem.',
    en: 'If you did not sign up, ignore this message.',
  },
  'notification.signUpRepeated.link': { 'pt-BR': 'Escolher nova senha', en: 'Choose a new password' },

  // A sign-in from a new device
  'notification.signIn.headline': { 'pt-BR': 'Novo acesso', en: 'New sign-in' },
  'notification.signIn.subject': {
    'pt-BR': 'Novo acesso à sua conta: {tenant}',
    en: 'New sign-in to your account: {tenant}',
  },
  'notification.signIn.text': {
    'pt-BR': 'Alguém entrou na sua conta em {tenant} com um dispositivo novo.',
    en: 'Somebody has signed in to your account at {tenant} from a new device.',
  },
  'notification.signIn.next': {
    'pt-BR': 'Se não foi você, troque a sua senha agora: isso encerra todas as sessões.',
    en: 'If it was not you, change your password now: that ends all sessions.',
  },
  'notification.signIn.device': { 'pt-BR': 'Dispositivo', en: 'Device' },
  'notification.signIn.unknownDevice': { 'pt-BR': 'desconhecido', en: 'unknown' },
} satisfies Record<string, Translations>;
