/**
 * Generated operations over the whole schema, by every kind of caller of two tenants: none ends in an internal error, and none shows
 * what was planted in the other tenant. SEED repeats a run, VAGA_SOAK makes it ten times as long.
 */
import { readFileSync } from 'node:fs';
import { API_SCOPES } from '@libs/auth/rights';
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { buildSchema } from 'graphql';
import { Pool } from 'undici';
import { afterAll, expect, test } from 'vitest';
import { scopesWith } from '../../scripts/check/permissionTable.ts';
import { generatedValues } from '../testing/generatedValues.ts';
import { operationGenerator, type GeneratedOperation } from '../testing/generatedOperations.ts';
import { randomOf } from '../testing/random.ts';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const OPERATIONS = process.env['VAGA_SOAK'] ? 100_000 : 10_000;
/** Each is sent with several values by several callers: planning a new one costs more than running it. */
const DOCUMENTS = OPERATIONS / 25;
/** Callers delete and erase what they may; then new tenants take their place. */
const OPERATIONS_PER_SETUP = 5_000;
const PARALLEL = 16;
const MUTATIONS = 0.4;
/** The share of API keys among the callers; most operations are refused to a key with one scope. */
const API_KEYS = 0.3;
/** Fields that check or hash passwords are chosen a tenth as often as the others: each takes 50 ms. */
const PASSWORD_FIELDS = /^(?:signIn|signUp|resetPassword|acceptInvitation|changePassword|createUser)$/;
const PASSWORD_SHARE = 0.1;
const FAILURES_SHOWN = 5;
/** The share of answers that must have data: the values would otherwise test nothing but input checks. */
const MIN_ANSWERED = 0.3;

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomOf(SEED);

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const roots = { query: schema.getQueryType()!, mutation: schema.getMutationType()! };

const vaga = await federation({ variables: { SIGN_INS_PER_MINUTE: '1000000' } });
const platform = await vaga.signIn();

/** `sees`: the planted texts that the caller may be shown. */
type Caller = { name: string; token: string | undefined; sees: ReadonlySet<string> };
/** Planted in everything that is for a tenant's own people, and in its catalog, which visitors see too. */
type Planted = { own: string; catalog: string };

async function plant(setup: TenantSetup): Promise<Planted> {
  const { token } = setup.admin;
  const planted = { own: `own-${newId()}`, catalog: `catalog-${newId()}` };
  const own = { [planted.own]: planted.own };
  const inputs: [field: string, input: object][] = [
    ['updateUser', { id: setup.user.id, name: planted.own, phone: planted.own, metadata: own }],
    ['updateUser', { id: setup.manager.id, email: `${planted.own}@a.example` }],
    ['updateBooking', { id: setup.bookingId, notes: planted.own, metadata: own }],
    ['updateWebhook', { id: setup.webhookId, url: `https://${planted.own}.example` }],
    ['updateApiKey', { id: setup.apiKeyId, name: planted.own }],
    ['updateBookingSeries', { bookingId: setup.seriesBookingId, scope: 'ALL', notes: planted.own }],
    ['updateResourceCategory', { id: setup.categoryId, name: planted.catalog }],
    ['updateResource', { id: setup.resourceId, name: planted.catalog, description: planted.catalog }],
    ['updateClosure', { id: setup.closureId, name: planted.catalog }],
  ];
  for (const [field, input] of inputs) await mutate(vaga, token, field, input, '__typename');
  return planted;
}

const peopleOf = (setup: TenantSetup, { own, catalog }: Planted): Caller[] =>
  (['user', 'manager', 'admin'] as const).map((name) => ({
    ...{ name, token: setup[name].token, sees: new Set([own, catalog]) },
  }));

/** One with each scope. */
async function keysOf(setup: TenantSetup, { own, catalog }: Planted): Promise<Caller[]> {
  const sees = new Set([own, catalog]);
  return Promise.all(
    API_SCOPES.map(async (scope) => {
      const input = { name: 'Servidor', scopes: scopesWith(scope) };
      const { secret } = await mutate(vaga, setup.admin.token, 'createApiKey', input, 'secret');
      return { name: scope, token: secret as string, sees };
    }),
  );
}

async function setUp() {
  const setups = await Promise.all([setUpTenant(vaga, platform), setUpTenant(vaga, platform)]);
  for (const { admin } of setups) {
    await vaga.data(
      'mutation { updateOrganizationSettings(input: { selfSignUp: true }) { userErrors { code } } }',
      {},
      { token: admin.token },
    );
  }
  const planted = await Promise.all(setups.map(plant));
  const visitors = [
    { name: 'anonymous', token: undefined, sees: new Set(planted.map(({ catalog }) => catalog)) },
    {
      name: 'platform',
      token: platform,
      sees: new Set(planted.flatMap(({ own, catalog }) => [own, catalog])),
    },
  ];
  const keys = await Promise.all(setups.map((setup, index) => keysOf(setup, planted[index]!)));
  return {
    planted: planted.flatMap(({ own, catalog }) => [own, catalog]),
    people: [...visitors, ...setups.flatMap((setup, index) => peopleOf(setup, planted[index]!))],
    keys: keys.flat(),
    generate: operationGenerator(schema, random, generatedValues(setups, daysAhead)),
  };
}
type System = Awaited<ReturnType<typeof setUp>>;

function documents(generate: System['generate']): GeneratedOperation[] {
  const fields = (kind: keyof typeof roots) =>
    Object.values(roots[kind].getFields()).filter(({ name }) => !name.startsWith('_'));
  const all = (['query', 'mutation'] as const).flatMap((kind) =>
    fields(kind).map((field) => generate.operation(kind, field)),
  );
  while (all.length < DOCUMENTS) {
    const kind = random.chance(MUTATIONS) ? 'mutation' : 'query';
    const field = random.pick(fields(kind));
    if (!PASSWORD_FIELDS.test(field.name) || random.chance(PASSWORD_SHARE))
      all.push(generate.operation(kind, field));
  }
  return all;
}

type Sent = { caller: string; query: string; variables: object; answer: string };

/** What is wrong with an answer. */
function faultOf({ status, text }: { status: number; text: string }, caller: Caller, planted: string[]) {
  if (status >= 500) return `HTTP ${status}`;
  if (text.includes('"INTERNAL_SERVER_ERROR"')) return 'an internal error';
  if (text.includes('"SERVICE_UNAVAILABLE"')) return 'no service';
  const shown = planted.filter((one) => !caller.sees.has(one) && text.includes(one));
  return shown.length > 0 ? `shows ${shown.join(', ')}` : undefined;
}

const target = new Pool(vaga.url, { connections: PARALLEL });
afterAll(() => target.close());

async function send(query: string, variables: object, token: string | undefined) {
  const headers = {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify({ query, variables });
  const answer = await target.request({ path: '/graphql', method: 'POST', headers, body });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Whether the caller has been deleted, and so is served as a visitor, who may see every catalog. */
async function isVisitor({ token }: Caller, text: string, planted: string[]): Promise<boolean> {
  if (planted.some((one) => one.startsWith('own-') && text.includes(one))) return false;
  const answer = await send('query ($id: ID!) { tenant(id: $id) { id } }', { id: newId() }, token);
  return answer.text.includes('"UNAUTHENTICATED"');
}

test(`${OPERATIONS} generated operations (SEED=${SEED})`, async () => {
  const faults: (Sent & { fault: string })[] = [];
  let answered = 0;
  let sent = 0;

  async function client({ people, keys, generate, planted }: System, all: GeneratedOperation[], end: number) {
    while (sent < end) {
      const operation = all[sent % all.length]!;
      sent += 1;
      const caller = random.pick(random.chance(API_KEYS) ? keys : people);
      const { query } = operation;
      const variables = generate.variables(operation);
      const answer = await send(query, variables, caller.token);
      if (!answer.text.includes('"errors":')) answered += 1;
      const fault = faultOf(answer, caller, planted);
      if (fault && !(fault.startsWith('shows') && (await isVisitor(caller, answer.text, planted))))
        faults.push({ fault, caller: caller.name, query, variables, answer: answer.text.slice(0, 500) });
    }
  }

  let all: GeneratedOperation[] | undefined;
  for (let end = OPERATIONS_PER_SETUP; end <= OPERATIONS; end += OPERATIONS_PER_SETUP) {
    const system = await setUp();
    const operations = (all ??= documents(system.generate));
    await Promise.all(Array.from({ length: PARALLEL }, () => client(system, operations, end)));
  }
  expect(faults.slice(0, FAILURES_SHOWN)).toEqual([]);
  expect(sent).toBe(OPERATIONS);
  expect(answered / OPERATIONS).toBeGreaterThan(MIN_ANSWERED);
}, 1_200_000);
