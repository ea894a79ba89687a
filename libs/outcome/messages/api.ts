import type { Translations } from '../messages.ts';

export const apiMessages = {
  'api.unauthenticated': {
    'pt-BR': 'Entre na sua conta para fazer isso.',
    en: 'Sign in to do this.',
  },
  'api.sessionEnded': {
    'pt-BR': 'A sessão terminou. Entre novamente.',
    en: 'The session has ended. Sign in again.',
  },
  'api.exportTokenMissing': {
    'pt-BR': 'Falta o token do link do e-mail.',
    en: "The token of the e-mail's link is missing.",
  },
  'api.exportLinkInvalid': {
    'pt-BR': 'O link é inválido ou não funciona mais. Peça uma nova exportação.',
    en: 'The link is invalid or no longer works. Request a new export.',
  },
  'api.keyNotValid': {
    'pt-BR': 'A chave de API é inválida ou não está mais ativa.',
    en: 'The API key is invalid or no longer active.',
  },
  'api.bearerExpected': {
    'pt-BR': "O cabeçalho Authorization deve ser 'Bearer <accessToken>'.",
    en: "The Authorization header must be 'Bearer <accessToken>'.",
  },
  'api.bodyMalformed': {
    'pt-BR': 'O corpo da requisição não é JSON válido.',
    en: 'The body of the request is not valid JSON.',
  },
  'api.bodyTooLarge': {
    'pt-BR': 'O corpo da requisição pode ter no máximo {max} bytes.',
    en: 'The body of the request can have at most {max} bytes.',
  },
  'api.mediaTypeUnknown': {
    'pt-BR': 'O corpo da requisição deve ser application/json.',
    en: 'The body of the request must be application/json.',
  },
  'api.unknownPath': {
    'pt-BR': 'Não há nada aqui. A API está em /graphql.',
    en: 'There is nothing here. The API is at /graphql.',
  },
  'api.streamByPost': {
    'pt-BR': 'Para assinar por SSE, envie um POST para /graphql/stream.',
    en: 'To subscribe over SSE, send a POST to /graphql/stream.',
  },
  'api.noBatches': {
    'pt-BR': 'Uma requisição tem uma operação; lotes não são aceitos.',
    en: 'A request has one operation; batches are not supported.',
  },
  'api.noIncrementalDelivery': {
    'pt-BR': '@defer e @stream não são aceitos.',
    en: '@defer and @stream are not supported.',
  },
  'api.forbidden': {
    'pt-BR': 'Você não tem permissão para fazer isso.',
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
  'api.tenantIdOrSession': {
    'pt-BR': 'Informe tenantId, ou entre na sua conta.',
    en: 'Specify tenantId, or sign in.',
  },
  'api.badId': {
    'pt-BR': '{field} não é um UUID.',
    en: '{field} is not a UUID.',
  },
  'api.badPageSize': {
    'pt-BR': '{field} deve estar entre 1 e {max}.',
    en: '{field} must be between 1 and {max}.',
  },
  'api.badCursor': {
    'pt-BR': 'O cursor não pertence a esta lista.',
    en: 'The cursor does not belong to this list.',
  },
  'api.textTooLong': {
    'pt-BR': '{field} tem mais de {max} caracteres.',
    en: '{field} is longer than {max} characters.',
  },
  'api.badText': {
    'pt-BR': '{field} contém um caractere que não pode ser guardado.',
    en: '{field} contains a character that cannot be stored.',
  },
  'api.documentTooDeep': {
    'pt-BR': 'O documento tem mais de {max} níveis de chaves, colchetes e parênteses.',
    en: 'The document nests brackets more than {max} levels deep.',
  },
  'api.jsonTooDeep': {
    'pt-BR': 'O JSON da requisição (variables, extensions) tem mais de {max} níveis.',
    en: 'The JSON of the request (variables, extensions) is more than {max} levels deep.',
  },
  'api.documentUnknown': {
    'pt-BR': 'Nenhum documento confiável tem este documentId.',
    en: 'No trusted document has this documentId.',
  },
  'api.documentTwice': {
    'pt-BR': 'Envie documentId ou query, e não os dois com documentos diferentes.',
    en: 'Send either documentId or query, not both with different documents.',
  },
  'api.documentNotTrusted': {
    'pt-BR': 'Só documentos confiáveis são aceitos aqui; informe um documentId.',
    en: 'Only trusted documents are accepted here; send a documentId.',
  },
  'api.operationUnknown': {
    'pt-BR': 'O documento não contém a operação pedida. Se houver mais de uma, informe operationName.',
    en: 'The document does not contain this operation. If it contains several, specify operationName.',
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
} satisfies Record<string, Translations>;
