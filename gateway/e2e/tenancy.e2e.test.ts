/**
 * Driven by the API schema, so that no field can be forgotten: a new query or mutation fails here until it is entered. Each id that a
 * field takes is replaced by another tenant's and by one that does not exist, and the two answers must be equal; each field is
 * called by every kind of caller.
 */
import { readFileSync } from 'node:fs';
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import {
  buildSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { daysAhead, PASSWORD, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();
const [ours, theirs] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

type Caller = 'anonymous' | 'user' | 'manager' | 'admin' | 'foreignAdmin' | 'platform';
const tokens: Record<Caller, string | undefined> = {
  anonymous: undefined,
  user: ours.user.token,
  manager: ours.manager.token,
  admin: ours.admin.token,
  foreignAdmin: theirs.admin.token,
  platform,
};

/** What a caller is answered: through the door, refused at it, or as if the thing did not exist. */
type Answer = 'allowed' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'missing';
type Entry = {
  variables: (setup: TenantSetup) => Record<string, unknown>;
  /** By caller: how a call on `ours` is answered. */
  answers: Record<Caller, Answer>;
  /** Its effect would spoil the world for the next caller: only its door is tried, with an id that does not exist. */
  doorOnly?: boolean;
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
/** Naming the tenant: another one than the session's is FORBIDDEN. */
const named = <T extends Record<Caller, Answer>>(answers: T) => ({
  ...answers,
  foreignAdmin: 'FORBIDDEN' as const,
});

const time = (day: number) => ({ startTime: daysAhead(day, 9), endTime: daysAhead(day, 10) });

const queries: Record<string, Entry> = {
  me: { variables: () => ({}), answers: everyone('allowed') },
  tenant: { variables: (w) => ({ id: w.tenantId }), answers: ofTenant },
  tenantByDomain: { variables: (w) => ({ domain: w.domain }), answers: everyone('allowed') },
  tenants: { variables: () => ({}), answers: platformOnly },
  user: { variables: (w) => ({ id: w.user.id }), answers: ofTenant },
  users: { variables: (w) => ({ tenantId: w.tenantId }), answers: named(managers) },
  resourceCategory: { variables: (w) => ({ id: w.categoryId }), answers: publicly },
  resourceCategories: { variables: (w) => ({ tenantId: w.tenantId }), answers: publicList },
  resource: { variables: (w) => ({ id: w.resourceId }), answers: publicly },
  resources: {
    variables: (w) => ({ tenantId: w.tenantId, filter: { categoryId: w.categoryId } }),
    answers: publicList,
  },
  booking: { variables: (w) => ({ id: w.bookingId }), answers: ofTenant },
  bookings: {
    variables: (w) => ({
      tenantId: w.tenantId,
      filter: { resourceId: w.resourceId, userId: w.user.id, clientId: w.user.id, seriesId: w.seriesId },
    }),
    answers: named(signedIn),
  },
};

const mutations: Record<string, Entry> = {
  signIn: {
    variables: (w) => ({ input: { domain: w.domain, email: w.user.email, password: PASSWORD } }),
    answers: everyone('allowed'),
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
    variables: (w) => ({ input: { id: w.tenantId, name: 'Academia' } }),
    answers: administrators,
  },
  updateOrganizationSettings: {
    variables: (w) => ({ tenantId: w.tenantId, input: { autoConfirm: true } }),
    answers: named(administrators),
  },
  deleteTenant: { variables: (w) => ({ id: w.tenantId }), answers: platformOnly, doorOnly: true },
  createWebhook: {
    variables: (w) => ({
      input: { tenantId: w.tenantId, url: 'https://hooks.example/x', events: ['BOOKING_UPDATED'] },
    }),
    answers: named(administrators),
  },
  updateWebhook: {
    variables: (w) => ({ input: { id: w.webhookId, isActive: true } }),
    answers: administrators,
  },
  deleteWebhook: { variables: (w) => ({ id: w.webhookId }), answers: administrators, doorOnly: true },
  redeliverWebhook: { variables: () => ({ deliveryId: newId() }), answers: administrators, doorOnly: true },
  createUser: {
    variables: (w) => ({ input: { tenantId: w.tenantId, name: 'Outro', email: `${newId()}@a.example` } }),
    answers: named(managers),
  },
  updateUser: { variables: (w) => ({ input: { id: w.user.id, phone: '1' } }), answers: { ...ofTenant } },
  deleteUser: { variables: (w) => ({ id: w.user.id }), answers: managers, doorOnly: true },
  createResourceCategory: {
    variables: (w) => ({ input: { tenantId: w.tenantId, name: 'Outra', type: 'HUMAN' } }),
    answers: named(managers),
  },
  updateResourceCategory: {
    variables: (w) => ({ input: { id: w.categoryId, name: 'Salas' } }),
    answers: managers,
  },
  deleteResourceCategory: { variables: (w) => ({ id: w.categoryId }), answers: managers, doorOnly: true },
  createResource: {
    variables: (w) => ({ input: { tenantId: w.tenantId, categoryId: w.categoryId, name: 'Sala 2' } }),
    answers: named(managers),
  },
  updateResource: {
    variables: (w) => ({ input: { id: w.resourceId, categoryId: w.categoryId, name: 'Sala 1' } }),
    answers: managers,
  },
  deleteResource: { variables: (w) => ({ id: w.resourceId }), answers: managers, doorOnly: true },
  createBooking: {
    variables: (w) => ({
      input: {
        tenantId: w.tenantId,
        resourceId: w.resourceId,
        userId: w.user.id,
        clientId: w.user.id,
        ...time(8),
      },
    }),
    answers: named(signedIn),
  },
  updateBooking: {
    variables: (w) => ({
      input: { id: w.bookingId, resourceId: w.resourceId, clientId: w.user.id, notes: 'x' },
    }),
    answers: ofTenant,
  },
  cancelBooking: { variables: (w) => ({ input: { id: w.bookingId } }), answers: ofTenant, doorOnly: true },
  changeBookingStatus: {
    variables: (w) => ({ input: { id: w.bookingId, status: 'CONFIRMED' } }),
    answers: managers,
  },
  cancelBookingSeries: {
    variables: (w) => ({ input: { seriesId: w.seriesId } }),
    answers: ofTenant,
    doorOnly: true,
  },
};

const roots = [
  { kind: 'query', type: schema.getQueryType()!, entries: queries },
  { kind: 'mutation', type: schema.getMutationType()!, entries: mutations },
] as const;

/** `id`, `deletedId`, `userErrors { code }` and `nodes { id }` of whatever the field answers. */
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

/** Every place in a field's arguments that takes an id, as a path. */
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

test('every query and mutation of the API is entered here', () => {
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
  const paths = idPaths(field.args).filter((path) => valueAt(entry.variables(ours), path) !== undefined);

  test.each(Object.keys(tokens) as Caller[])('answers %s as the table says', async (caller) => {
    const ids = paths.filter((path) => path.at(-1) !== 'tenantId');
    const variables = entry.doorOnly
      ? ids.reduce((all, path) => replaced(all, path, newId()), entry.variables(ours))
      : entry.variables(ours);
    const answer = answerOf(await call(kind, name, variables, tokens[caller]), kind, name);
    const expected = entry.answers[caller];
    // Past the door there is nothing to find for an id that does not exist.
    expect(answer).toBe(entry.doorOnly && expected === 'allowed' ? 'missing' : expected);
  });

  test.each(paths.map((path) => path.join('.')))(
    "%s: another tenant's is as one that does not exist",
    async (joined) => {
      const path = joined.split('.');
      const foreign = replaced(entry.variables(ours), path, valueAt(entry.variables(theirs), path));
      const missing = replaced(entry.variables(ours), path, newId());
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

  test.each(paths.map((path) => path.join('.')))('%s: what is no UUID is BAD_USER_INPUT', async (joined) => {
    const { codes } = await call(
      kind,
      name,
      replaced(entry.variables(ours), joined.split('.'), 'not-an-id'),
      platform,
    );
    expect(codes).toEqual(['BAD_USER_INPUT']);
  });
});
