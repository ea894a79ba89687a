import type { Translations } from '../messages.ts';

export const userMessages = {
  'user.notFound': { 'pt-BR': 'Usuário não encontrado.', en: 'User not found.' },
  'user.deletedName': { 'pt-BR': 'Usuário removido', en: 'Deleted user' },
  'user.unknownName': { 'pt-BR': 'Usuário desconhecido', en: 'Unknown user' },
  'user.emailTaken': {
    'pt-BR': 'Este e-mail já pertence a outro usuário.',
    en: 'This e-mail already belongs to another user.',
  },
  'user.passwordTooShort': {
    'pt-BR': 'A senha deve ter ao menos {min} caracteres.',
    en: 'The password must have at least {min} characters.',
  },
  'user.passwordTooLong': {
    'pt-BR': 'A senha pode ter no máximo {max} caracteres.',
    en: 'The password can have at most {max} characters.',
  },
  'user.passwordBlank': {
    'pt-BR': 'A senha não pode conter apenas espaços em branco.',
    en: 'The password cannot consist only of whitespace.',
  },
  'user.invalidCredentials': {
    'pt-BR': 'E-mail ou senha incorretos.',
    en: 'Incorrect e-mail or password.',
  },
  'user.wrongPassword': {
    'pt-BR': 'A senha atual está incorreta.',
    en: 'The current password is incorrect.',
  },
  'user.currentPasswordNeeded': {
    'pt-BR': 'Informe a senha atual para alterar o seu e-mail.',
    en: 'Enter your current password to change your e-mail address.',
  },
  'user.passwordCommon': {
    'pt-BR': 'Esta senha é muito comum. Escolha outra, mais difícil de adivinhar.',
    en: 'This password is too common. Choose one that is harder to guess.',
  },
  'user.hasPassword': {
    'pt-BR': 'Este usuário já tem uma senha e não precisa de convite.',
    en: 'This user already has a password and needs no invitation.',
  },
  'user.invitedWithPassword': {
    'pt-BR': 'Quem é convidado escolhe a própria senha: não informe nenhuma.',
    en: 'Invited users choose their own password: leave it out.',
  },
  'user.tooManyLinkEmails': {
    'pt-BR':
      'Sua organização já enviou {max} mensagens a este e-mail na última hora. Tente novamente mais tarde.',
    en: 'Your tenant has sent {max} e-mails to this address within the last hour. Try again later.',
  },
  'user.linkInvalid': {
    'pt-BR': 'O link não é válido: já foi usado ou expirou. Peça um novo.',
    en: 'The link is not valid: it was used or has expired. Ask for a new one.',
  },
  'user.noAdministrators': {
    'pt-BR': 'Esta organização não tem administradores ativos que possam receber o e-mail.',
    en: 'This tenant has no active administrators who could get the e-mail.',
  },
  'user.emailUnverified': {
    'pt-BR': 'Confirme o seu e-mail antes de entrar: enviamos um link para ele.',
    en: 'Verify your e-mail address before you sign in: we have sent a link to it.',
  },
  'user.sessionNotFound': { 'pt-BR': 'Sessão não encontrada.', en: 'Session not found.' },
  'user.inactive': { 'pt-BR': 'Este usuário está inativo.', en: 'This user is inactive.' },
  'user.tooManyFailures': {
    'pt-BR': 'Muitas tentativas com senha incorreta. Tente novamente em {minutes|minuto|minutos}.',
    en: 'Too many attempts with an incorrect password. Try again in {minutes|minute|minutes}.',
  },
} satisfies Record<string, Translations>;
