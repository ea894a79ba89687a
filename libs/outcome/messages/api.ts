import type { Sentence } from '../messages.ts';

/** The contract's top-level errors. */
export const apiMessages = {
  'api.unauthenticated': {
    'pt-BR': 'Entre na sua conta para fazer isto.',
    en: 'Sign in to do this.',
  },
  'api.sessionEnded': {
    'pt-BR': 'A sessão terminou. Entre novamente.',
    en: 'The session has ended. Sign in again.',
  },
  'api.forbidden': {
    'pt-BR': 'Você não tem permissão para fazer isto.',
    en: 'You are not allowed to do this.',
  },
  'api.otherTenant': {
    'pt-BR': 'Esta sessão pertence a outra organização.',
    en: 'This session belongs to another tenant.',
  },
  'api.tenantIdNeeded': {
    'pt-BR': 'Informe tenantId.',
    en: 'tenantId is required.',
  },
  'api.badId': {
    'pt-BR': '{field} não é um UUID.',
    en: '{field} is not a UUID.',
  },
  'api.badFirst': {
    'pt-BR': 'first deve estar entre 1 e {most}.',
    en: 'first must be between 1 and {most}.',
  },
  'api.badCursor': {
    'pt-BR': 'O cursor não pertence a esta lista.',
    en: 'The cursor does not belong to this list.',
  },
  'api.textTooLong': {
    'pt-BR': '{field} tem mais de {most} caracteres.',
    en: '{field} is longer than {most} characters.',
  },
  'api.badText': {
    'pt-BR': '{field} contém um caractere que não pode ser guardado.',
    en: '{field} contains a character that cannot be stored.',
  },
  'api.documentTooDeep': {
    'pt-BR': 'O documento tem mais de {most} níveis de chaves, colchetes e parênteses.',
    en: 'The document nests brackets more than {most} levels deep.',
  },
  'api.jsonTooDeep': {
    'pt-BR': 'O JSON da requisição (variables, extensions) tem mais de {most} níveis.',
    en: 'The JSON of the request (variables, extensions) is more than {most} levels deep.',
  },
  'api.operationUnknown': {
    'pt-BR': 'O documento não tem a operação pedida; havendo mais de uma, informe operationName.',
    en: 'The document has no such operation; where it has several, name one in operationName.',
  },
  'api.subscriptionElsewhere': {
    'pt-BR': 'Assinaturas são servidas por WebSocket neste endereço ou por SSE em /graphql/stream.',
    en: 'Subscriptions are served over WebSocket at this address, or over SSE at /graphql/stream.',
  },
  'api.rateLimited': {
    'pt-BR': 'Muitas requisições. Tente novamente em alguns instantes.',
    en: 'Too many requests. Try again in a moment.',
  },
  'api.tooComplex': {
    'pt-BR': 'A consulta é complexa demais.',
    en: 'The query is too complex.',
  },
  'api.unavailable': {
    'pt-BR': 'Serviço temporariamente indisponível.',
    en: 'The service is temporarily unavailable.',
  },
  'api.busy': {
    'pt-BR': 'Muitas requisições para o mesmo item neste momento. Tente novamente em alguns instantes.',
    en: 'Too many requests for the same item right now. Try again in a moment.',
  },
  'api.internal': {
    'pt-BR': 'Erro interno.',
    en: 'Internal error.',
  },
} satisfies Record<string, Sentence>;
