/**
 * How deep a request may nest, checked before anything walks it. GraphQL's parser, JSON.stringify and the coercion of variables are
 * recursive: a few thousand levels overflow the stack. Nothing here recurses.
 */
import { badUserInput, type ApiError } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, languageOf } from '@libs/outcome/messages';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Lexer, Source, TokenKind } from 'graphql';

/** Lexical tokens of a document that a subgraph takes: of 4,000 from a client, the gateway's planner writes fragments out. */
export const MAX_SUBGRAPH_DOCUMENT_TOKENS = 40_000;
/** Objects and lists within each other in a request's JSON; a JSONObject may have 16 of them. */
const MAX_JSON_LEVELS = 64;
/** Brackets of any kind within each other in a document: selections, lists, objects, types. */
const MAX_DOCUMENT_LEVELS = 100;

/** Whether objects and lists lie more than `maxDepth` deep in each other; a scalar is no level, `{}` is one. */
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

/** Whether brackets of the document lie more than `maxDepth` deep in each other, as far as it is GraphQL. */
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
    // No GraphQL from here on: the parser, which gets no further, says what is wrong.
  }
  return false;
}

const isOpening = (kind: TokenKind): boolean =>
  kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L;
const isClosing = (kind: TokenKind): boolean =>
  kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R;

/**
 * Why a GraphQL request is refused, by whatever transport it came: BAD_USER_INPUT where its document (`query`, where it is text) or
 * the JSON that came with it nests too deep; else undefined.
 */
export function depthRefusal(query: unknown, json: unknown): ApiError | undefined {
  if (typeof query === 'string' && isDocumentDeeperThan(query, MAX_DOCUMENT_LEVELS)) {
    return badUserInput('api.documentTooDeep', { max: MAX_DOCUMENT_LEVELS });
  }
  if (isDeeperThan(json, MAX_JSON_LEVELS)) return badUserInput('api.jsonTooDeep', { max: MAX_JSON_LEVELS });
  return undefined;
}

/** Its body, or the parameters of a GET, whose JSON is text. */
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

/** Answers every HTTP request that nests too deep with 400 and a GraphQL error, before its handler. */
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
