/** In whose name a running operation asks subgraphs. */
import { PASSPORT_LIFE_SECONDS, type Passports } from '@libs/auth/passport';
import { newTraceId } from '@libs/telemetry/trace';
import type { GatewayContext } from '../context.ts';
import type { SharedExecution } from './sharedExecutions.ts';

/** A passport is used again for half of its life, in milliseconds. */
const PASSPORT_REUSE_MS = PASSPORT_LIFE_SECONDS * 500;

/** A context for each burst, in the name of a client who is there: a trace of its own, a passport that is valid now. */
export function executionContexts(
  { members }: SharedExecution,
  passports: Passports,
): () => Promise<GatewayContext> {
  let minted: { caller: unknown; passport: string | undefined; atMs: number } | undefined;
  let last: GatewayContext | undefined;
  return async () => {
    const [member] = members;
    const context = (last = member?.context ?? last!);
    const isOld = !minted || performance.now() - minted.atMs > PASSPORT_REUSE_MS;
    if (context.passport && (isOld || minted?.caller !== context.caller)) {
      const { caller } = context;
      minted = { caller, passport: await passports.mint(caller), atMs: performance.now() };
    }
    return { ...context, passport: context.passport && minted?.passport, traceId: newTraceId() };
  };
}
