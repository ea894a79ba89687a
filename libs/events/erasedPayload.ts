/** Payloads of bookings without what people wrote, wherever they are kept. */
import type { Tx } from '@libs/db/inTransaction';
import type postgres from 'postgres';

/** An SQL expression of a payload (jsonb). */
export type PayloadSql = postgres.Fragment;

/** SQL expression: a payload without notes, reasons and metadata. */
export const erasedPayload = ({ sql }: Tx, payload: PayloadSql): PayloadSql => sql`(
  ${payload} || '{"metadata": {}}'
    || case when ${payload} ? 'reason' then '{"reason": null}'::jsonb else '{}' end
    || case when ${payload} ? 'decision_reason' then '{"decision_reason": null}'::jsonb else '{}' end
    || case when ${payload} ? 'changes'
         then jsonb_build_object('changes', (${payload} -> 'changes') - 'notes' - 'metadata') else '{}' end
)`;

/** Erases the payloads of dead letters about these bookings, for all groups of the database. They can still be sent again. */
export async function eraseDeadLetters(tx: Tx, bookingIds: readonly string[]): Promise<void> {
  const { sql } = tx;
  await sql`
    update inbox set payload = ${erasedPayload(tx, sql`payload`)}
    where dead_at is not null and stream = 'booking-events' and key = any(${bookingIds as string[]}::uuid[])`;
}
