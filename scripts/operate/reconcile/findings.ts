/** What a reconciliation finds, and how it heals it. */
import type { Db } from '@libs/db/connect';
import { isLockTimeout } from '@libs/db/constraints';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { announcedEvent, EVENT_VERSION, type DomainEvent } from '@libs/events/catalogue';
import { applyEvents, type Reactions } from '@libs/events/reactions';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type { Databases } from '../withDatabases.ts';

/** While others use what is to be healed. */
const MAX_ATTEMPTS = 5;

export type Run = {
  databases: Databases;
  isApplied: boolean;
  /** Whether everything of tenants that do not exist is deleted. */
  deletesTenants: boolean;
  print(line: string): void;
  /** Differences that were found, and of these the ones that remain. */
  found: number;
  left: number;
};

/** Prints a difference, and heals it if this run may. */
export async function heal(
  run: Run,
  what: string,
  work: () => Promise<void>,
  mayHeal: boolean = run.isApplied,
): Promise<void> {
  run.found += 1;
  if (mayHeal) await work();
  else run.left += 1;
  run.print(`${what}${mayHeal ? ': healed' : ''}`);
}

/** Applies an event to a database as its subgraph would when it consumes it. */
export async function react(db: Db, reactions: Reactions, { type, payload }: DomainEvent): Promise<void> {
  const now = systemClock.now();
  const event = announcedEvent(type, payload, {
    event_id: newId(),
    tenant_id: payload.tenant_id,
    occurred_at: formatInstant(now),
    trace_id: newTraceId(),
    version: EVENT_VERSION,
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inTransaction(db, (tx) => applyEvents(reactions, [event], { tx, now, log: silentLog() }));
      return;
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isLockTimeout(error)) throw error;
    }
  }
}
