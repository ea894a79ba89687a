/**
 * What is shown in place of an entity that another subgraph refers to and that does not exist: a database that was restored to an older
 * moment has lost it without a trace, while those who refer to it are still there. One lost row must not take the whole answer with
 * it, so a reference always leads somewhere, but for our own subgraphs: they ask whether the thing exists.
 */
import { message, type MessageKey } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import type { RequestContext } from './context.ts';

/** The id of what a placeholder itself cannot know: the nil UUID (RFC 9562 §5.9). */
export const UNKNOWN_ID = '00000000-0000-0000-0000-000000000000';
/** When a placeholder was made, as far as anybody knows. */
export const UNKNOWN_TIME = Temporal.Instant.fromEpochMilliseconds(0);
/** Ids that one process logs at most; all are counted. */
export const MAX_LOGGED_IDS = 1_000;

/** What every placeholder says. It is the same for what another tenant has and for what nobody has. */
export type Missing = {
  id: string;
  /** The caller's own, where they have one. */
  tenantId: string;
  /** In the caller's language. */
  name: string;
};

const counts: Record<string, number> = {};
const logged = new Set<string>();

/** Counts the missing entity, logs it the first time, and gives what a placeholder of it says. */
export async function missing(
  ctx: RequestContext,
  type: 'User' | 'Resource' | 'ResourceCategory' | 'Tenant',
  id: string,
  nameKey: MessageKey,
): Promise<Missing> {
  // What only a placeholder refers to has not been lost.
  if (id !== UNKNOWN_ID) note(ctx, type, id);
  const tenantId = ctx.caller.kind === 'user' ? ctx.caller.tenantId : UNKNOWN_ID;
  const language = ctx.language ?? (await ctx.languageOfTenant(tenantId));
  return { id, tenantId, name: message(nameKey, language) };
}

function note({ log, traceId }: RequestContext, type: string, id: string): void {
  counts[type] = (counts[type] ?? 0) + 1;
  const reference = `${type} ${id}`;
  if (logged.has(reference) || logged.size >= MAX_LOGGED_IDS) return;
  logged.add(reference);
  log.warn({ type, id, traceId }, 'a reference leads to nothing: a placeholder is shown');
}

/** How often a placeholder was shown in this process, by type; nothing where none was. */
export const missingReferences = (): { missingReferences?: Record<string, number> } =>
  Object.keys(counts).length === 0 ? {} : { missingReferences: { ...counts } };
