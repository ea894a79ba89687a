/**
 * Limits the nesting of requests: in GraphQL's parser, JSON.stringify and the coercion of variables, a few thousand levels
 * overflow the stack. Nothing here recurses.
 */
import { badUserInput, type ApiError } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, languageOf } from '@libs/outcome/messages';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Lexer, Source, TokenKind, type ParseOptions } from 'graphql';

/** The gateway's planner expands the fragments in a client's 4,000. */
const MAX_SUBGRAPH_DOCUMENT_TOKENS = 40_000;
/** Comments are no lexical tokens, but take as much memory while a document is parsed. */
export const MAX_DOCUMENT_COMMENTS = 1_000;
export const SUBGRAPH_PARSE_OPTIONS: ParseOptions = {
  maxTokens: MAX_SUBGRAPH_DOCUMENT_TOKENS,
  maxComments: MAX_DOCUMENT_COMMENTS,
};
/** Nested objects and lists of a request; a JSONObject may use 16 of these levels. */
const MAX_JSON_LEVELS = 64;
/** Nested brackets of a document: selections, lists, objects, types. */
const MAX_DOCUMENT_LEVELS = 100;

/** Counts nested objects and lists: a scalar is no level, `{}` is one. */
export function isDeeperThan(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    const inner: unknown[] = [];
    for (const one of level) {
      if (typeof one === 'object' && one !== null) inner.push(Object.values(one));
    }
    if (inner.length === 0) return false;
    level = inner.flat();
  }
  return true;
}

const OPENING = /[{[(]/g;

/** Counts nested brackets up to the first syntax error. */
export function isDocumentDeeperThan(document: string, maxDepth: number): boolean {
  if ((document.match(OPENING)?.length ?? 0) <= maxDepth) return false;
  const lexer = new Lexer(new Source(document));
  let depth = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      if (isOpening(token.kind)) depth += 1;
      if (isClosing(token.kind)) depth -= 1;
      if (depth > maxDepth) return true;
    }
  } catch {
    // The parser reports the syntax error.
  }
  return false;
}

const isOpening = (kind: TokenKind): boolean =>
  kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L;
const isClosing = (kind: TokenKind): boolean =>
  kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R;

/** BAD_USER_INPUT if the document or the request's JSON nests too deep. */
export function depthRefusal(query: unknown, json: unknown): ApiError | undefined {
  if (typeof query === 'string' && isDocumentDeeperThan(query, MAX_DOCUMENT_LEVELS)) {
    return badUserInput('api.documentTooDeep', { max: MAX_DOCUMENT_LEVELS });
  }
  if (isDeeperThan(json, MAX_JSON_LEVELS)) return badUserInput('api.jsonTooDeep', { max: MAX_JSON_LEVELS });
  return undefined;
}

/** The parameters of a GET have JSON as text. */
function refusalOf({ body, query }: FastifyRequest): ApiError | undefined {
  if (typeof body === 'object' && body !== null)
    return depthRefusal((body as { query?: unknown }).query, body);
  const params = query as Record<string, unknown>;
  return depthRefusal(params['query'], [parsed(params['variables']), parsed(params['extensions'])]);
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answers requests that nest too deep with 400 and a GraphQL error. */
export function refuseDeepRequests(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const refusal = refusalOf(request);
    if (!refusal) return undefined;
    const { headers } = request;
    const traceparent = headers[TRACEPARENT_HEADER];
    const traceId = (typeof traceparent === 'string' && traceIdOf(traceparent)) || newTraceId();
    const message = refusal.in(languageOf(headers['accept-language']) ?? DEFAULT_LANGUAGE);
    return reply.code(400).send({ errors: [{ message, extensions: { code: refusal.code, traceId } }] });
  });
}
