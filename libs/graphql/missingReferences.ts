/**
 * Placeholders for entities that another subgraph refers to but that are lost, such as by restoring a backup: one lost row must
 * not null the whole answer. Our own subgraphs get none: they ask whether the entity exists.
 */
import { tenantIdOf } from '@libs/auth/caller';
import { message, type MessageKey } from '@libs/outcome/messages';
import { Temporal } from 'temporal-polyfill';
import { languageFor, type RequestContext } from './context.ts';

/** For unknown ids of a placeholder: the nil UUID (RFC 9562 §5.9). */
export const UNKNOWN_ID = '00000000-0000-0000-0000-000000000000';
export const UNKNOWN_TIME = Temporal.Instant.fromEpochMilliseconds(0);
/** Limits a process's log; all ids are counted. */
export const MAX_LOGGED_IDS = 1_000;

/** A placeholder's fields, equal for another tenant's entity and for one that does not exist. */
export type Missing = {
  id: string;
  /** The caller's tenant, else UNKNOWN_ID. */
  tenantId: string;
  /** The placeholder's name, in the caller's language. */
  name: string;
};

const counts: Record<string, number> = {};
const logged = new Set<string>();

/** The placeholder of an entity, which it counts, and logs the first time. */
export async function missing(
  ctx: RequestContext,
  type: 'User' | 'Resource' | 'ResourceCategory' | 'Tenant',
  id: string,
  nameKey: MessageKey,
): Promise<Missing> {
  // A placeholder's own references are not lost entities.
  if (id !== UNKNOWN_ID) record(ctx, type, id);
  const tenantId = tenantIdOf(ctx.caller) ?? UNKNOWN_ID;
  return { id, tenantId, name: message(nameKey, await languageFor(ctx)) };
}

function record({ log, traceId }: RequestContext, type: string, id: string): void {
  counts[type] = (counts[type] ?? 0) + 1;
  const reference = `${type} ${id}`;
  if (logged.has(reference) || logged.size >= MAX_LOGGED_IDS) return;
  logged.add(reference);
  log.warn({ type, id, traceId }, 'a referenced record is missing: a placeholder is shown');
}

/** Placeholders of this process by type. */
export const missingReferences = (): { missingReferences?: Record<string, number> } =>
  Object.keys(counts).length === 0 ? {} : { missingReferences: { ...counts } };
