/**
 * What a subgraph's database has of a tenant, as JSON Lines, for the gateway, which passes it on (`gateway/exports/`). The first line names
 * the database, and the last one has the number of rows of each table; between them each has a row:
 *
 *     {"database":"booking","readAt":"2027-01-04T10:00:00Z"}
 *     {"table":"booking.bookings","row":{…}}
 *     {"tables":{"booking.bookings":1}}
 */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { PASSPORT_HEADER, type Passports } from '@libs/auth/passport';
import type { Db } from '@libs/db/connect';
import { isUuid } from '@libs/db/ids';
import { TENANT_ROWS_PATH } from '@libs/directory/subgraphClient';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import type { Log } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readTenant } from './readTenant.ts';

/** In each process: more are refused, with 503. */
export const MAX_CONCURRENT_READS = 2;
/** A snapshot that lives for longer keeps vacuum from too much. */
const MAX_READ_MS = 15 * 60_000;

type TenantRowsOptions = {
  database: SubgraphName;
  /** For nothing else: a read may take minutes. */
  db: Pick<Db, 'sql'>;
  passports: Pick<Passports, 'verify'>;
  log: Log;
};

/** Only the gateway may ask: it alone has seen the link. */
async function isGateway(
  { headers }: FastifyRequest,
  passports: Pick<Passports, 'verify'>,
): Promise<boolean> {
  const passport = [headers[PASSPORT_HEADER]].flat()[0];
  const caller = passport && (await passports.verify(passport));
  return Boolean(caller && caller.kind === 'service' && caller.name === 'gateway');
}

async function writeRows(
  { db, database }: TenantRowsOptions,
  tenantId: string,
  output: PassThrough,
): Promise<void> {
  const closed = new AbortController();
  output.once('close', () => closed.abort());
  const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(MAX_READ_MS)]);
  async function write(text: string): Promise<void> {
    signal.throwIfAborted();
    if (!output.write(text)) await once(output, 'drain', { signal });
  }
  await write(`${JSON.stringify({ database, readAt: formatInstant(systemClock.now()) })}\n`);
  const tables = await readTenant(db, database, tenantId, async (name, batches) => {
    for await (const batch of batches)
      await write(batch.map((row) => `{"table":"${name}","row":${row}}\n`).join(''));
  });
  await write(`${JSON.stringify({ tables })}\n`);
  output.end();
}

export function serveTenantRows(app: FastifyInstance, options: TenantRowsOptions): void {
  const running = new Set<PassThrough>();
  app.addHook('preClose', async () => {
    for (const output of running) output.destroy();
  });
  app.get<{ Querystring: { tenant?: string } }>(TENANT_ROWS_PATH, async (request, reply) => {
    if (!(await isGateway(request, options.passports))) return reply.code(401).send();
    const { tenant } = request.query;
    if (tenant === undefined || !isUuid(tenant)) return reply.code(400).send();
    if (running.size >= MAX_CONCURRENT_READS) return reply.code(503).send();
    const output = new PassThrough();
    running.add(output);
    // A reader that goes away is no failure.
    const isCut = () => output.destroyed;
    writeRows(options, tenant, output)
      .catch((error: unknown) => {
        if (!isCut()) options.log.error({ err: error }, 'rows of a tenant could not be read');
        output.destroy(error as Error);
      })
      .finally(() => running.delete(output));
    return reply.type('application/jsonl').send(output);
  });
}
