/** Query plans give the answers that Apollo's own executor gives. */
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway';
import { QueryPlanner } from '@apollo/query-planner';
import { stringifyInChunks } from '@libs/graphql/stringifyInChunks';
import { parse, validate, type DocumentNode, type ExecutionResult } from 'graphql';
import { expect, it } from 'vitest';
import type { GatewayContext } from '../context.ts';
import { composedSupergraph } from '../upstream/supergraphFile.ts';
import { auditOperation, auditSources, type AuditOptions } from './audit.fixtures.ts';
import { executePlan } from './executePlan.ts';
import { queryPlanner } from './planner.ts';

const OPERATIONS = process.env['VAGA_SOAK'] ? 5_000 : 320;

const loaded = composedSupergraph();
const apollo = new QueryPlanner(loaded.supergraph);
const planner = queryPlanner(loaded, () => apollo);
const { schema, supergraphSchema } = planner;
const api = loaded.supergraph.apiSchema();

type Apollo = Parameters<typeof executeQueryPlan>;

/**
 * Without the order of fields: the stock executor answers those of fragments later than others. So which of several broken values it reports
 * may differ too. Errors of parallel fetches come in any order.
 */
async function comparable({ data, errors = [], extensions }: ExecutionResult): Promise<unknown> {
  const plain = errors.map(({ message, path, extensions: more }) => JSON.stringify({ message, path, more }));
  const answer = {
    data,
    errors: plain.toSorted((a, b) => a.localeCompare(b)),
    isBroken: extensions?.['valueCompletion'] !== undefined,
  };
  return JSON.parse(await stringifyInChunks(answer));
}

async function answersOf(document: DocumentNode, variables: Record<string, unknown>, options: AuditOptions) {
  const planned = planner.plan(document, undefined);
  const request = { request: { variables }, context: {}, metrics: {} };
  const stock = (await executeQueryPlan(
    planned.plan,
    auditSources({ ...options, writes: false }) as unknown as Apollo[1],
    request as unknown as Apollo[2],
    buildOperationContext({ schema, operationDocument: document }),
    supergraphSchema,
    api,
  )) as ExecutionResult;
  const sources = auditSources(options);
  const context = {} as GatewayContext;
  const ours = await executePlan(planned, { sources, supergraphSchema, variables, context });
  return { stock, ours, hasEntities: JSON.stringify(planned.plan).includes('Flatten') };
}

it('answers as the stock executor does', async () => {
  const seen = { valid: 0, errors: 0, broken: 0, nulls: 0, entities: 0, written: 0 };
  for (let seed = 0; seen.valid < OPERATIONS; seed += 1) {
    const { query, variables } = auditOperation(schema, seed);
    const document = parse(query);
    if (validate(schema, document).length > 0) continue;
    seen.valid += 1;
    // What a subgraph writes is what its executor would answer.
    const options = { seed, isBroken: seed % 3 === 0, writes: seed % 3 === 1 };
    const { stock, ours, hasEntities } = await answersOf(document, variables, options);
    const wanted = await comparable(stock);
    expect(await comparable(ours), query).toEqual(wanted);
    if (stock.errors) seen.errors += 1;
    if (stock.extensions) seen.broken += 1;
    if (JSON.stringify(wanted).includes('null')) seen.nulls += 1;
    if (hasEntities) seen.entities += 1;
    if (JSON.stringify(ours.data).includes('"parts"')) seen.written += 1;
  }
  // The comparison has met every case.
  for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(OPERATIONS / 80);
}, 600_000);
