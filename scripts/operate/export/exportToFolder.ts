import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isUuid } from '@libs/db/ids';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { readTenant, type ReadTable } from '@libs/subgraph/readTenant';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import { CommandFailure, UsageError } from '../runCommand.ts';
import type { Databases } from '../withDatabases.ts';

const NOTE = 'export.json';

export type Export = { tenantId: string; at: string; tables: Record<string, number> };

/**
 * Writes every row of a tenant to `folder`, a file of JSON Lines for each table, without secrets. Each database is read in one snapshot.
 * Rejects with one line for a tenant that does not exist, and for a folder that is not empty.
 */
export async function exportToFolder(
  databases: Databases,
  tenantId: string,
  folder: string,
): Promise<Export> {
  if (!isUuid(tenantId)) throw new UsageError(`${tenantId} is not a tenant id`);
  const [tenant] = await databases.tenant.sql`select from tenants where id = ${tenantId}::uuid`;
  if (!tenant) throw new CommandFailure(`There is no tenant ${tenantId}`);
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new CommandFailure(`${folder} is not empty`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const writeFileOf: ReadTable = (name, batches) =>
    pipeline(
      Readable.from(linesOf(batches)),
      createWriteStream(path.join(folder, `${name}.jsonl`), { mode: 0o600 }),
    );
  const result: Export = { tenantId, at: formatInstant(systemClock.now()), tables: {} };
  for (const name of SUBGRAPHS) {
    Object.assign(result.tables, await readTenant(databases[name], name, tenantId, writeFileOf));
  }
  // Last: a folder without it is no complete export.
  await writeFile(path.join(folder, NOTE), `${JSON.stringify(result, null, 2)}\n`, { mode: 0o600 });
  return result;
}

async function* linesOf(batches: AsyncIterable<string[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.map((line) => `${line}\n`).join('');
}
