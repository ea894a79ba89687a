/**
 * Placeholders for entities that another subgraph refers to but that do not exist, such as after a restore of an older backup. One
 * lost row must not null the whole answer. Only our own subgraphs get no placeholder: they ask whether the entity exists.
 */
import { message, type MessageKey } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import type { RequestContext } from './context.ts';

/** Stands for ids that a placeholder does not know: the nil UUID (RFC 9562 §5.9). */
export const UNKNOWN_ID = '00000000-0000-0000-0000-000000000000';
/** Stands for a placeholder's times. */
export const UNKNOWN_TIME = Temporal.Instant.fromEpochMilliseconds(0);
/** Maximum number of ids that one process logs; all are counted. */
export const MAX_LOGGED_IDS = 1_000;

/** The fields of every placeholder, which is the same whether another tenant has the entity or none does. */
export type Missing = {
  id: string;
  /** The caller's tenant, else UNKNOWN_ID. */
  tenantId: string;
  /** In the caller's language. */
  name: string;
};

const counts: Record<string, number> = {};
const logged = new Set<string>();

/** The placeholder of a missing entity, which is counted, and logged the first time. */
export async function missing(
  ctx: RequestContext,
  type: 'User' | 'Resource' | 'ResourceCategory' | 'Tenant',
  id: string,
  nameKey: MessageKey,
): Promise<Missing> {
  // A placeholder's own references are not lost entities.
  if (id !== UNKNOWN_ID) record(ctx, type, id);
  const tenantId = ctx.caller.kind === 'user' ? ctx.caller.tenantId : UNKNOWN_ID;
  const language = ctx.language ?? (await ctx.languageOfTenant(tenantId));
  return { id, tenantId, name: message(nameKey, language) };
}

function record({ log, traceId }: RequestContext, type: string, id: string): void {
  counts[type] = (counts[type] ?? 0) + 1;
  const reference = `${type} ${id}`;
  if (logged.has(reference) || logged.size >= MAX_LOGGED_IDS) return;
  logged.add(reference);
  log.warn({ type, id, traceId }, 'a reference leads to nothing: a placeholder is shown');
}

/** Placeholders of this process, counted by type; empty if there were none. */
export const missingReferences = (): { missingReferences?: Record<string, number> } =>
  Object.keys(counts).length === 0 ? {} : { missingReferences: { ...counts } };
