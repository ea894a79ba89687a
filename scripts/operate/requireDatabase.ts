import type { SubgraphName } from '@libs/runtime/subgraphs';
import postgres from 'postgres';
import { CommandFailure } from './runCommand.ts';

const CONNECT_TIMEOUT_SECONDS = 5;

/** Why a database does not answer, from the driver's error: that of a host with several addresses has no message. */
export const driverReason = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown';
};

/** Rejects with one line, without the password, if the database does not answer. */
export async function requireDatabase(name: SubgraphName, url: string): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    fetch_types: false,
    prepare: false,
    onnotice: () => {},
  });
  try {
    await sql`select 1`;
  } catch (error) {
    const { hostname, port, pathname } = new URL(url);
    const address = `${hostname}:${port || '5432'}${pathname}`;
    throw new CommandFailure(`The ${name} database does not answer at ${address}: ${driverReason(error)}`);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
