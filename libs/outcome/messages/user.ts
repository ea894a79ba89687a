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
  'user.inactive': { 'pt-BR': 'Este usuário está inativo.', en: 'This user is inactive.' },
  'user.sessionOver': {
    'pt-BR': 'A sessão terminou. Entre novamente.',
    en: 'The session has ended. Sign in again.',
  },
  'user.tooManyFailures': {
    'pt-BR': 'Muitas tentativas com senha incorreta. Tente novamente em {minutes} minutos.',
    en: 'Too many attempts with an incorrect password. Try again in {minutes} minutes.',
  },
} satisfies Record<string, Translations>;
