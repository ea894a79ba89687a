/** Resources and categories in a database, and tenants in place of the tenant subgraph. */
import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import type { Caller } from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { CASING, connect, type Db } from '@libs/db/connect';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import type { TenantLimits } from '@libs/outcome/tenantLimits';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import type { RequestContext } from '@libs/graphql/context';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, request, WIDE_LIMITS } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { drizzle } from 'drizzle-orm/postgres-js';
import { execute, parse } from 'graphql';
import { afterAll, expect } from 'vitest';
import { createResourceCategory } from './categories/createResourceCategory.ts';
import { contextOf, type Context } from './context.ts';
import type { CreateResourceCategoryInput, CreateResourceInput } from './generated.ts';
import { createResource } from './resources/createResource.ts';
import { schema } from './schema.ts';

type ExampleProfile = {
  isActive: boolean;
  limits?: TenantLimits;
  settings: Partial<TenantProfile['settings']>;
};

const profileOf = (
  id: TenantId,
  { isActive, limits = WIDE_LIMITS, settings }: ExampleProfile,
): TenantProfile => ({
  id,
  name: 'Academia Fit',
  domain: `${id}.example`,
  frontendUrl: `https://${id}.example`,
  logoUrl: null,
  themePrimaryColor: null,
  isActive,
  limits,
  settings: {
    ...DEFAULT_SETTINGS,
    businessType: 'fitness',
    workingHoursStart: localTime('06:00'),
    workingHoursEnd: localTime('22:00'),
    bookingInterval: 60,
    customLabels: {
      resourceSingular: 'Sala',
      resourcePlural: 'Salas',
      bookingLabel: 'Aula',
      userLabel: 'Aluno',
    },
    ...settings,
  },
});

type OfTenant<Row> = Row & { tenantId: TenantId };
const ofTenant = <Row extends { tenantId: string }>(row: Row): OfTenant<Row> => ({
  ...row,
  tenantId: tenantOfRow(row),
});

/** How long a statement may take to reach its lock, in milliseconds. */
const LOCK_WAIT_LIMIT_MS = 5_000;

/** Call at the top of a file. `tenant()` makes a new active tenant. */
export async function catalogue() {
  const { url, sql } = await testDatabase('resource');
  const connection = connect(url, { name: 'catalogue-under-test' });
  afterAll(connection.close);
  const statements: string[] = [];
  const logger = { logQuery: (query: string) => void statements.push(query) };
  const db: Db = { ...connection, drizzle: drizzle(connection.sql, { casing: CASING, logger }) };

  const profileById = new Map<string, ExampleProfile>();
  const profiles: string[] = [];
  const tenants: TenantDirectory = {
    profile: async (id) => {
      profiles.push(id);
      const profile = profileById.get(id);
      return profile && profileOf(id as TenantId, profile);
    },
    byDomain: async () => undefined,
    languageOf: async () => 'pt-BR',
  };

  const announced: string[] = [];
  const deps = { db, tenants, announceChange: async (id: string) => void announced.push(id) };
  const as = (caller: Caller, overrides: Partial<RequestContext> = {}): Context =>
    contextOf(request({ caller, ...overrides }), deps);

  return {
    db,
    sql,
    as,
    /** Ids of announced changes. */
    announced,
    anonymous: () => contextOf(request(), deps),
    /** Ids of the tenants whose profiles were read. */
    profiles,
    tenant(isActive = true): TenantId {
      const id = newTenantId();
      profileById.set(id, { isActive, settings: {} });
      return id;
    },
    setActive: (id: TenantId, isActive: boolean) =>
      void profileById.set(id, { settings: {}, ...profileById.get(id), isActive }),
    setSettings: (id: TenantId, settings: ExampleProfile['settings']) =>
      void profileById.set(id, { isActive: true, ...profileById.get(id), settings }),
    setLimits: (id: TenantId, limits: TenantLimits) =>
      void profileById.set(id, { isActive: true, settings: {}, ...profileById.get(id), limits }),
    async category(
      tenantId: TenantId,
      input: Partial<CreateResourceCategoryInput> = {},
    ): Promise<OfTenant<CategoryRow>> {
      const all = { name: 'Salas de Aula', type: 'PHYSICAL' as const, ...input };
      return ofTenant(valueOf(await createResourceCategory(as(administratorOf(tenantId)), all)));
    },
    async resource(
      category: CategoryRow,
      input: Partial<CreateResourceInput> = {},
    ): Promise<OfTenant<ResourceRow>> {
      const all = { name: 'Sala 1 - Spinning', categoryId: category.id, ...input };
      return ofTenant(valueOf(await createResource(as(administratorOf(tenantOfRow(category))), all)));
    },
    /** Resolves once that many connections wait for a lock. */
    waitForLocks: (waiting: number) =>
      expect
        .poll(
          () => sql`
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          { timeout: LOCK_WAIT_LIMIT_MS },
        )
        .toHaveLength(waiting),
    /** Executes a document; also returns the statements that Drizzle sent outside of transactions. */
    async ask(ctx: Context, document: string, variables: Record<string, unknown> = {}) {
      statements.length = 0;
      const answer = await execute({
        schema: served,
        document: parse(document),
        variableValues: variables,
        contextValue: ctx,
      });
      const data = JSON.parse(JSON.stringify(answer.data ?? null));
      const codes = (answer.errors ?? []).map((error) => error.extensions['code']);
      return { data, codes, statements: [...statements] };
    },
  };
}

const served = schema();

/** Fails the test if the outcome is a refusal. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusals)}`);
  return outcome.value;
}

/** Code and field of each refusal. */
export const refusalsOf = (outcome: Outcome<unknown>): string[] =>
  outcome.ok ? [] : outcome.refusals.map(({ code, field }) => `${code} ${field?.join('.') ?? ''}`);

/** Matches an API error with this code. */
export const thrown = (code: string) => expect.objectContaining({ code });
