/**
 * Every kind of caller calls every query and mutation of the schema, and each id is replaced by another tenant's and by one that does
 * not exist, with equal answers. A new field fails until it has an entry.
 */
import { readFileSync } from 'node:fs';
import { newId } from '@libs/db/ids';
import { API_SCOPES, type ApiScope } from '@libs/auth/rights';
import { sharedFederation } from '@libs/testing/federation';
import { mayUse, ROOT_FIELDS, scopesWith, type Holder } from '../../scripts/check/permissionTable.ts';
import {
  buildSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { daysAhead, mutate, PASSWORD, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
const platform = await vaga.signIn();
const [ours, theirs] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

type Caller = 'anonymous' | 'user' | 'manager' | 'admin' | 'foreignAdmin' | 'platform';
/** A key of ours for each scope, one with all, and another tenant's with all. */
const newKey = async (admin: string, scopes: readonly ApiScope[]): Promise<string> =>
  (await mutate(vaga, admin, 'createApiKey', { name: 'Servidor', scopes }, 'secret')).secret;
const keys = new Map(
  await Promise.all(
    API_SCOPES.map(async (scope) => [scope, await newKey(ours.admin.token, scopesWith(scope))] as const),
  ),
);
const [keyWithAll, foreignKey] = await Promise.all(
  [ours, theirs].map(({ admin }) => newKey(admin.token, API_SCOPES)),
);
const tokens: Record<Caller, string | undefined> = {
  anonymous: undefined,
  user: ours.user.token,
  manager: ours.manager.token,
  admin: ours.admin.token,
  foreignAdmin: theirs.admin.token,
  platform,
};

const HOLDER_OF: readonly [Caller, Holder][] = [
  ['anonymous', 'anonymous'],
  ['user', 'user'],
  ['admin', 'administrator'],
  ['platform', 'platform'],
];

/** For every caller, since the tenants of this test do not have `selfSignUp`. */
const REFUSED_BY_SETTING: ReadonlySet<string> = new Set(['signUp']);

/** 'missing': as if the object did not exist. */
type Answer = 'allowed' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'missing';
type Entry = {
  variables: (setup: TenantSetup) => Record<string, unknown>;
  /** For calls on `ours`. */
  answers: Record<Caller, Answer>;
  /** Called with an id that does not exist, to keep the setup for other callers. */
  isDestructive?: boolean;
};

const everyone = (answer: Answer): Record<Caller, Answer> => ({
  anonymous: answer,
  user: answer,
  manager: answer,
  admin: answer,
  foreignAdmin: answer,
  platform: answer,
});
const signedIn = { ...everyone('allowed'), anonymous: 'UNAUTHENTICATED' } as const;
const ofTenant = { ...signedIn, foreignAdmin: 'missing' } as const;
const managers = { ...ofTenant, user: 'FORBIDDEN' } as const;
const administrators = { ...managers, manager: 'FORBIDDEN' } as const;
const platformOnly = { ...everyone('FORBIDDEN'), anonymous: 'UNAUTHENTICATED', platform: 'allowed' } as const;

const publicly = { ...everyone('allowed'), foreignAdmin: 'missing' } as const;
const publicList = { ...everyone('allowed'), foreignAdmin: 'FORBIDDEN' } as const;
/** Another tenant's tenantId is FORBIDDEN. */
const withTenantId = <T extends Record<Caller, Answer>>(answers: T) => ({
  ...answers,
  foreignAdmin: 'FORBIDDEN' as const,
});

const time = (day: number) => ({ startTime: daysAhead(day, 9), endTime: daysAhead(day, 10) });

const queries: Record<string, Entry> = {
  me: { variables: () => ({}), answers: everyone('allowed') },
  tenant: { variables: (setup) => ({ id: setup.tenantId }), answers: ofTenant },
  tenantByDomain: { variables: (setup) => ({ domain: setup.domain }), answers: everyone('allowed') },
  tenants: { variables: () => ({}), answers: platformOnly },
  user: { variables: (setup) => ({ id: setup.user.id }), answers: ofTenant },
  users: { variables: (setup) => ({ tenantId: setup.tenantId }), answers: withTenantId(managers) },
  resourceCategory: { variables: (setup) => ({ id: setup.categoryId }), answers: publicly },
  resourceCategories: { variables: (setup) => ({ tenantId: setup.tenantId }), answers: publicList },
  resource: { variables: (setup) => ({ id: setup.resourceId }), answers: publicly },
  resources: {
    variables: (setup) => ({ tenantId: setup.tenantId, filter: { categoryId: setup.categoryId } }),
    answers: publicList,
  },
  booking: { variables: (setup) => ({ id: setup.bookingId }), answers: ofTenant },
  bookings: {
    variables: (setup) => ({
      tenantId: setup.tenantId,
      filter: {
        resourceId: setup.resourceId,
        userId: setup.user.id,
        clientId: setup.user.id,
        seriesId: setup.seriesId,
        categoryId: setup.categoryId,
      },
    }),
    answers: withTenantId(signedIn),
  },
  hold: { variables: (setup) => ({ id: setup.holdId }), answers: ofTenant },
  auditTrail: {
    variables: (setup) => ({
      tenantId: setup.tenantId,
      filter: { subjectId: setup.bookingId, actorId: setup.user.id },
    }),
    answers: withTenantId(administrators),
  },
  closures: {
    variables: (setup) => ({ tenantId: setup.tenantId, filter: { resourceId: setup.resourceId } }),
    answers: publicList,
  },
};

const mutations: Record<string, Entry> = {
  signIn: {
    variables: (setup) => ({ input: { domain: setup.domain, email: setup.user.email, password: PASSWORD } }),
    answers: everyone('allowed'),
  },
  requestPasswordReset: {
    variables: (setup) => ({ domain: setup.domain, email: 'nobody@a.example' }),
    answers: everyone('allowed'),
  },
  resetPassword: {
    variables: () => ({ input: { token: 'no such token', newPassword: 'another-long-password' } }),
    answers: everyone('allowed'),
  },
  // The tenant has no selfSignUp.
  signUp: {
    variables: (setup) => ({
      input: { domain: setup.domain, name: 'Nova', email: `${newId()}@a.example`, password: PASSWORD },
    }),
    answers: everyone('FORBIDDEN'),
  },
  requestEmailVerification: {
    variables: (setup) => ({ domain: setup.domain, email: 'nobody@a.example' }),
    answers: everyone('allowed'),
  },
  verifyEmail: { variables: () => ({ token: 'no such token' }), answers: everyone('allowed') },
  acceptInvitation: {
    variables: () => ({ input: { token: 'no such token', password: PASSWORD } }),
    answers: everyone('allowed'),
  },
  endSession: {
    variables: () => ({ id: newId() }),
    answers: { ...everyone('missing'), anonymous: 'UNAUTHENTICATED' },
  },
  refreshSession: { variables: () => ({ refreshToken: 'no such token' }), answers: everyone('allowed') },
  signOut: { variables: () => ({ refreshToken: 'no such token' }), answers: everyone('allowed') },
  changePassword: {
    variables: () => ({
      input: { currentPassword: 'not the password', newPassword: 'another-long-password' },
    }),
    answers: signedIn,
  },
  createTenant: {
    variables: () => ({ input: { name: 'Nova', domain: `${newId()}.example` } }),
    answers: platformOnly,
  },
  updateTenant: {
    variables: (setup) => ({ input: { id: setup.tenantId, name: 'Academia' } }),
    answers: administrators,
  },
  updateOrganizationSettings: {
    variables: (setup) => ({ tenantId: setup.tenantId, input: { autoConfirm: true } }),
    answers: withTenantId(administrators),
  },
  deleteTenant: {
    variables: (setup) => ({ id: setup.tenantId }),
    answers: platformOnly,
    isDestructive: true,
  },
  createWebhook: {
    variables: (setup) => ({
      input: { tenantId: setup.tenantId, url: 'https://hooks.example/x', events: ['BOOKING_UPDATED'] },
    }),
    answers: withTenantId(administrators),
  },
  updateWebhook: {
    variables: (setup) => ({ input: { id: setup.webhookId, isActive: true } }),
    answers: administrators,
  },
  deleteWebhook: {
    variables: (setup) => ({ id: setup.webhookId }),
    answers: administrators,
    isDestructive: true,
  },
  redeliverWebhook: {
    variables: () => ({ deliveryId: newId() }),
    answers: administrators,
    isDestructive: true,
  },
  createApiKey: {
    variables: (setup) => ({
      input: { tenantId: setup.tenantId, name: 'Servidor', scopes: ['BOOKINGS_READ'] },
    }),
    answers: withTenantId(administrators),
  },
  updateApiKey: {
    variables: (setup) => ({ input: { id: setup.apiKeyId, name: 'Servidor' } }),
    answers: administrators,
  },
  deleteApiKey: {
    variables: (setup) => ({ id: setup.apiKeyId }),
    answers: administrators,
    isDestructive: true,
  },
  createUser: {
    variables: (setup) => ({
      input: { tenantId: setup.tenantId, name: 'Outro', email: `${newId()}@a.example` },
    }),
    answers: withTenantId(managers),
  },
  updateUser: {
    variables: (setup) => ({ input: { id: setup.user.id, phone: '1' } }),
    answers: { ...ofTenant },
  },
  inviteUser: { variables: (setup) => ({ id: setup.user.id }), answers: managers },
  deleteUser: { variables: (setup) => ({ id: setup.user.id }), answers: managers, isDestructive: true },
  exportTenant: {
    variables: (setup) => ({ tenantId: setup.tenantId }),
    answers: withTenantId(administrators),
  },
  exportPersonalData: {
    variables: (setup) => ({ userId: setup.user.id }),
    answers: { ...ofTenant, manager: 'FORBIDDEN' },
  },
  erasePersonalData: {
    variables: (setup) => ({ userId: setup.user.id }),
    // A user may erase their own data; the one who is named here is somebody else.
    answers: administrators,
    isDestructive: true,
  },
  createResourceCategory: {
    variables: (setup) => ({ input: { tenantId: setup.tenantId, name: 'Outra', type: 'HUMAN' } }),
    answers: withTenantId(managers),
  },
  updateResourceCategory: {
    variables: (setup) => ({ input: { id: setup.categoryId, name: 'Salas' } }),
    answers: managers,
  },
  deleteResourceCategory: {
    variables: (setup) => ({ id: setup.categoryId }),
    answers: managers,
    isDestructive: true,
  },
  createResource: {
    variables: (setup) => ({
      input: { tenantId: setup.tenantId, categoryId: setup.categoryId, name: 'Sala 2' },
    }),
    answers: withTenantId(managers),
  },
  updateResource: {
    variables: (setup) => ({ input: { id: setup.resourceId, categoryId: setup.categoryId, name: 'Sala 1' } }),
    answers: managers,
  },
  deleteResource: {
    variables: (setup) => ({ id: setup.resourceId }),
    answers: managers,
    isDestructive: true,
  },
  createClosures: {
    variables: (setup) => ({
      input: {
        tenantId: setup.tenantId,
        closures: {
          ...{ name: 'Reforma', from: '2020-01-01', to: '2020-01-01' },
          ...{ resourceIds: setup.resourceId, categoryIds: setup.categoryId },
        },
      },
    }),
    answers: withTenantId(managers),
  },
  importHolidays: {
    variables: (setup) => ({
      input: { tenantId: setup.tenantId, country: 'BR', year: Number(daysAhead(700, 12).slice(0, 4)) },
    }),
    answers: withTenantId(managers),
  },
  updateClosure: {
    variables: (setup) => ({
      input: { id: setup.closureId, resourceIds: setup.resourceId, categoryIds: setup.categoryId },
    }),
    answers: managers,
  },
  deleteClosure: {
    variables: (setup) => ({ id: setup.closureId }),
    answers: managers,
    isDestructive: true,
  },
  createBooking: {
    variables: (setup) => ({
      input: {
        tenantId: setup.tenantId,
        resourceId: setup.resourceId,
        userId: setup.user.id,
        clientId: setup.user.id,
        ...time(8),
      },
    }),
    answers: withTenantId(signedIn),
  },
  updateBooking: {
    variables: (setup) => ({
      input: { id: setup.bookingId, resourceId: setup.resourceId, clientId: setup.user.id, notes: 'x' },
    }),
    answers: ofTenant,
  },
  cancelBooking: {
    variables: (setup) => ({ input: { id: setup.bookingId } }),
    answers: ofTenant,
    isDestructive: true,
  },
  changeBookingStatus: {
    variables: (setup) => ({ input: { id: setup.bookingId, status: 'CONFIRMED' } }),
    answers: managers,
  },
  createHold: {
    variables: (setup) => ({
      input: {
        tenantId: setup.tenantId,
        resourceId: setup.resourceId,
        userId: setup.user.id,
        clientId: setup.user.id,
        ...time(9),
      },
    }),
    answers: withTenantId(signedIn),
  },
  confirmHold: {
    variables: (setup) => ({ input: { id: setup.holdId } }),
    answers: ofTenant,
    isDestructive: true,
  },
  releaseHold: {
    variables: (setup) => ({ id: setup.holdId }),
    answers: ofTenant,
    isDestructive: true,
  },
  updateBookingSeries: {
    variables: (setup) => ({
      input: {
        ...{ bookingId: setup.seriesBookingId, scope: 'ALL', notes: 'x' },
        ...{ resourceId: setup.resourceId, clientId: setup.user.id },
      },
    }),
    answers: ofTenant,
  },
  extendBookingSeries: {
    variables: (setup) => ({ input: { seriesId: setup.seriesId, count: 1 } }),
    answers: ofTenant,
    isDestructive: true,
  },
  cancelBookingSeries: {
    variables: (setup) => ({ input: { seriesId: setup.seriesId } }),
    answers: ofTenant,
    isDestructive: true,
  },
};

const roots = [
  { kind: 'query', type: schema.getQueryType()!, entries: queries },
  { kind: 'mutation', type: schema.getMutationType()!, entries: mutations },
] as const;

function selectionOf(type: object): string {
  if (!isObjectType(type)) return '';
  const fields = type.getFields();
  const parts = ['id', 'deletedId'].filter((name) => fields[name]);
  if (fields['userErrors']) parts.push('userErrors { code field }');
  if (fields['nodes']) parts.push('nodes { id }', ...(fields['totalCount'] ? ['totalCount'] : []));
  return ` { ${(parts.length > 0 ? parts : ['__typename']).join(' ')} }`;
}

function operation(kind: 'query' | 'mutation', name: string): string {
  const field = (kind === 'query' ? schema.getQueryType() : schema.getMutationType())!.getFields()[name]!;
  const declared = field.args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
  const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = selectionOf(getNamedType(field.type));
  return field.args.length > 0
    ? `${kind} (${declared}) { ${name}(${passed})${selection} }`
    : `${kind} { ${name}${selection} }`;
}

async function call(
  kind: 'query' | 'mutation',
  name: string,
  variables: Record<string, unknown>,
  token: string | undefined,
) {
  const { data, errors } = await vaga.ask(operation(kind, name), variables, {
    token,
  });
  return { value: data?.[name], codes: (errors ?? []).map((error) => error.extensions.code) };
}

function answerOf(
  { value, codes }: Awaited<ReturnType<typeof call>>,
  kind: 'query' | 'mutation',
  name: string,
): string {
  if (codes.length > 0) return codes.join();
  if (value === null) return name === 'me' ? 'allowed' : 'missing';
  const refused: string[] = (value?.userErrors ?? []).map((error: { code: string }) => error.code);
  return kind === 'mutation' && refused.includes('NOT_FOUND') ? 'missing' : 'allowed';
}

function idPaths(args: readonly (GraphQLArgument | GraphQLInputField)[], path: string[] = []): string[][] {
  return args.flatMap((arg) => {
    const type = getNamedType(arg.type);
    if (type.name === 'ID') return [[...path, arg.name]];
    return isInputObjectType(type) ? idPaths(Object.values(type.getFields()), [...path, arg.name]) : [];
  });
}

function replaced(
  value: Record<string, unknown>,
  [head, ...rest]: string[],
  by: unknown,
): Record<string, unknown> {
  const next = rest.length === 0 ? by : replaced((value[head!] ?? {}) as Record<string, unknown>, rest, by);
  return { ...value, [head!]: next };
}

const valueAt = (value: unknown, path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

test('every query and mutation of the schema has an entry', () => {
  for (const { type, entries } of roots) {
    const names = Object.keys(type.getFields()).filter((name) => !name.startsWith('_'));
    expect(Object.keys(entries).sort()).toEqual(names.sort());
  }
});

describe.each(
  roots.flatMap(({ kind, entries }) =>
    Object.entries(entries).map(([name, entry]) => ({ kind, name, entry })),
  ),
)('$kind $name', ({ kind, name, entry }) => {
  const field = (kind === 'query' ? schema.getQueryType() : schema.getMutationType())!.getFields()[name]!;
  const access = ROOT_FIELDS[kind === 'query' ? 'Query' : 'Mutation'][name]!;
  const paths = idPaths(field.args).filter((path) => valueAt(entry.variables(ours), path) !== undefined);

  test.each(Object.keys(tokens) as Caller[])('gives the caller %s the expected answer', async (caller) => {
    const ids = paths.filter((path) => path.at(-1) !== 'tenantId');
    const variables = entry.isDestructive
      ? ids.reduce((all, path) => replaced(all, path, newId()), entry.variables(ours))
      : entry.variables(ours);
    const answer = answerOf(await call(kind, name, variables, tokens[caller]), kind, name);
    const expected = entry.answers[caller];
    // Allowed callers find nothing.
    expect(answer).toBe(entry.isDestructive && expected === 'allowed' ? 'missing' : expected);
  });

  test.skipIf(REFUSED_BY_SETTING.has(name))('agrees with docs/permissions.md', () => {
    for (const [caller, holder] of HOLDER_OF) {
      // The record that a destructive call names is nobody's own.
      if (mayUse(holder, access) === 'own' && entry.isDestructive) continue;
      const isRefused = ['FORBIDDEN', 'UNAUTHENTICATED'].includes(entry.answers[caller]);
      expect([caller, mayUse(holder, access) === 'no']).toEqual([caller, isRefused]);
    }
  });

  test.skipIf(REFUSED_BY_SETTING.has(name))(
    'gives each API key what its scopes name, and nothing else',
    async () => {
      const ids = paths.filter((path) => path.at(-1) !== 'tenantId');
      const variables = entry.isDestructive
        ? ids.reduce((all, path) => replaced(all, path, newId()), entry.variables(ours))
        : entry.variables(ours);
      for (const [scope, key] of keys) {
        const answer = answerOf(await call(kind, name, variables, key), kind, name);
        const expected =
          mayUse(scope, access) === 'yes' ? (entry.isDestructive ? 'missing' : 'allowed') : 'FORBIDDEN';
        expect([scope, answer]).toEqual([scope, expected]);
      }
    },
  );

  test("gives another tenant's API key with every scope nothing", async () => {
    const answer = answerOf(await call(kind, name, entry.variables(ours), foreignKey), kind, name);
    const isForNoKey = API_SCOPES.every((scope) => mayUse(scope, access) === 'no');
    expect(answer).toBe(isForNoKey ? 'FORBIDDEN' : entry.answers.foreignAdmin);
  });

  test.each(paths.map((path) => path.join('.')))(
    "treats another tenant's %s like one that does not exist",
    async (joined) => {
      const path = joined.split('.');
      const foreign = replaced(entry.variables(ours), path, valueAt(entry.variables(theirs), path));
      const missing = replaced(entry.variables(ours), path, newId());
      const key = await call(kind, name, foreign, keyWithAll);
      expect(key).toEqual(await call(kind, name, missing, keyWithAll));
      for (const caller of ['user', 'manager', 'admin'] as const) {
        const [one, other] = [
          await call(kind, name, foreign, tokens[caller]),
          await call(kind, name, missing, tokens[caller]),
        ];
        expect(one).toEqual(other);
        if (path.at(-1) === 'tenantId' && entry.answers[caller] === 'allowed')
          expect(one.codes).toEqual(['FORBIDDEN']);
      }
    },
  );

  test.each(paths.map((path) => path.join('.')))(
    'refuses a malformed %s with BAD_USER_INPUT',
    async (joined) => {
      const { codes } = await call(
        kind,
        name,
        replaced(entry.variables(ours), joined.split('.'), 'not-an-id'),
        platform,
      );
      expect(codes).toEqual(['BAD_USER_INPUT']);
    },
  );
});
