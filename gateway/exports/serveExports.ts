/**
 * POST /exports with the token of an e-mail's link answers everything that is kept of a tenant, as JSON Lines: what the four subgraphs read
 * from their databases (`libs/subgraph/serveTenantRows.ts`), one after the other, at the pace of the client, and a last line that says that
 * nothing is missing. Nothing is stored on the way. docs/decisions/0045-exports-of-tenants.md.
 */
import { Readable } from 'node:stream';
import type { SubgraphClient, TenantRows } from '@libs/directory/subgraphClient';
import { ApiError, busy, badUserInput, rateLimited, unauthenticated } from '@libs/outcome/apiErrors';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError, HTTP_STATUS, retryHeader } from '../errors.ts';
import type { SignInLimiter } from '../limits/signInLimiter.ts';

const EXPORTS_PATH = '/exports';
/** In each process: more are refused with SERVICE_UNAVAILABLE. A client holds one for as long as it reads. */
const MAX_CONCURRENT_EXPORTS = 4;
const MAX_EXPORT_MS = 60 * 60_000;
/** A client that has not taken a byte for this long is cut. */
const EXPORT_STALL_MS = 30_000;
const MAX_FORM_BYTES = 2_048;
/** Each use of a link costs its network as much as a sign-in. */
const COST = { passwordChecks: 1, signIns: 1, sessionChanges: 0 };

export type ExportDeps = {
  subgraphClient(name: SubgraphName): Pick<SubgraphClient, 'query'> & TenantRows;
  signIns: SignInLimiter;
  stallMs?: number;
};

const OPEN = 'query ($token: String!) { internalOpenExport(token: $token) }';

/** Text in pieces: the parts, and the last line. */
async function* linesOf(
  { subgraphClient: clientOf }: ExportDeps,
  tenantId: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer | string> {
  for (const name of SUBGRAPHS) {
    yield* (await clientOf(name).tenantRows(tenantId, signal)) as AsyncIterable<Buffer>;
  }
  const exportedAt = formatInstant(systemClock.now());
  yield `${JSON.stringify({ isComplete: true, tenantId, exportedAt })}\n`;
}

/** Rejects if there is not even a first piece, so that the client gets the reason. */
async function startedStream(pieces: AsyncGenerator<Buffer | string>): Promise<Readable> {
  const first = await pieces.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* pieces;
  }
  return Readable.from(all());
}

const tokenIn = (body: unknown): string => {
  const token =
    body instanceof URLSearchParams ? body.get('token') : (body as { token?: unknown } | null)?.token;
  if (typeof token !== 'string' || token === '') throw badUserInput('api.exportTokenMissing');
  return token;
};

/** Throws UNAUTHENTICATED for a token that does not work, or not any longer. */
async function openExport(
  { subgraphClient: clientOf, signIns }: ExportDeps,
  token: string,
  context: Pick<GatewayContext, 'ip' | 'caller'>,
): Promise<string> {
  const waitSeconds = await signIns.consume(context, COST);
  if (waitSeconds > 0) throw rateLimited(waitSeconds);
  const { internalOpenExport: tenantId } = await clientOf('user').query<{
    internalOpenExport: string | null;
  }>(OPEN, { token });
  if (tenantId === null) throw unauthenticated('api.exportLinkInvalid');
  return tenantId;
}

function refuse(reply: FastifyReply, error: unknown, context: GatewayContext): FastifyReply {
  if (!(error instanceof ApiError)) throw error;
  return reply
    .code(HTTP_STATUS[error.code] ?? 400)
    .headers(Object.fromEntries(retryHeader(error)))
    .send({ errors: [formatGatewayError(error, context)] });
}

/** `contextOf` is that of a caller without a session: only the token counts. */
export function serveExports(
  app: FastifyInstance,
  deps: ExportDeps,
  contextOf: (request: FastifyRequest) => Promise<GatewayContext>,
): void {
  /** Each with its tenant, once its token was read. */
  const running = new Map<FastifyReply, string | undefined>();
  // A process that stops does not wait for them: the link works again.
  app.addHook('preClose', async () => {
    for (const { raw } of running.keys()) raw.destroy();
  });
  void app.register(async (scope) => {
    const asForm = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;
    scope.addContentTypeParser('application/x-www-form-urlencoded', asForm, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    scope.post(EXPORTS_PATH, { bodyLimit: MAX_FORM_BYTES }, async (request, reply) => {
      const context = await contextOf(request);
      if (running.size >= MAX_CONCURRENT_EXPORTS) return refuse(reply, busy(), context);
      running.set(reply, undefined);
      const ended = new AbortController();
      reply.raw.once('close', () => {
        running.delete(reply);
        ended.abort();
      });
      try {
        const tenantId = await openExport(deps, tokenIn(request.body), context);
        // One tenant that reads slowly must not keep the others from theirs.
        const own = [...running.values()].filter((one) => one === tenantId).length;
        if (own >= MAX_CONCURRENT_EXPORTS / 2) return refuse(reply, busy(), context);
        // The client may have gone away meanwhile, which has given its place back.
        if (running.has(reply)) running.set(reply, tenantId);
        const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(MAX_EXPORT_MS)]);
        const lines = await startedStream(linesOf(deps, tenantId, signal));
        lines.once('error', (error) => {
          if (!ended.signal.aborted) context.log.warn({ err: error, tenantId }, 'an export was interrupted');
        });
        reply.raw.setTimeout(deps.stallMs ?? EXPORT_STALL_MS, () => reply.raw.destroy());
        return reply
          .headers({
            'content-disposition': `attachment; filename="${tenantId}.jsonl"`,
            'cache-control': 'no-store',
          })
          .type('application/jsonl')
          .send(lines);
      } catch (error) {
        return refuse(reply, error, context);
      }
    });
  });
}
