/** A system of production bundles with a tenant that takes bookings around the clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation, type Federation } from '@libs/testing/federation';
import postgres from 'postgres';
import { Pool } from 'undici';
import { afterAll } from 'vitest';
import { mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';
import { PARALLEL_CLIENTS } from './load.ts';

const DRAIN_POLL_MS = 20;
/** Purges and acknowledgements that follow the last effect. */
const AFTERMATH_MS = 200;

/** Variables of production processes. */
const PRODUCTION = {
  ENVIRONMENT: 'production',
  NODE_ENV: 'production',
  CORS_ORIGINS: 'https://fit.example',
  // With info: also what the lines for requests and events cost.
  LOG_LEVEL: process.env['BENCH_LOG_LEVEL'] ?? 'silent',
  SIGN_INS_PER_MINUTE: '1000000',
  RATE_LIMIT_USER: '1000000000',
  RATE_LIMIT_TENANT: '1000000000',
  RATE_LIMIT_ADDRESS: '1000000000',
};

/** For example BENCH_NODE_OPTIONS='--cpu-prof --cpu-prof-dir=/tmp/profiles'. */
export const NODE_OPTIONS = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];

export type BenchSystem = {
  vaga: Federation;
  setup: TenantSetup;
  /** The access token of the tenant's administrator. */
  token: string;
  /** The gateway. */
  target: Pool;
  /** Connections to the booking database. */
  raw: postgres.Sql;
  resourceIds: string[];
};

/**
 * Call it at the top of the file. `settings` are those that differ from every day, around the clock, by 5 minutes.
 */
export async function benchSystem({
  resources,
  settings = {},
  nodeOptions = [],
  variables = {},
}: {
  resources: number;
  settings?: object;
  nodeOptions?: readonly string[];
  variables?: Record<string, string>;
}): Promise<BenchSystem> {
  const vaga = await federation({
    variables: { ...PRODUCTION, ...variables },
    nodeOptions: [...NODE_OPTIONS, ...nodeOptions],
  });
  const setup = await setUpTenant(vaga, await vaga.signIn());
  const { token } = setup.admin;
  const input = {
    advanceBookingDays: 730,
    bookingInterval: 5,
    workingHoursStart: '00:00',
    workingHoursEnd: '24:00',
    workingDays: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'],
    ...settings,
  };
  await vaga.data(
    'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code message } } }',
    { input },
    { token },
  );
  const resourceIds: string[] = [];
  for (let number = 0; number < resources; number += 1) {
    const resource = { categoryId: setup.categoryId, name: `Sala ${number}` };
    resourceIds.push((await mutate(vaga, token, 'createResource', resource, 'resource { id }')).resource.id);
  }
  const target = new Pool(vaga.url, { connections: PARALLEL_CLIENTS });
  const raw = postgres(vaga.databases.booking.url, { max: PARALLEL_CLIENTS, onnotice: () => {} });
  afterAll(async () => {
    await Promise.all([target.close(), raw.end()]);
  });
  return { vaga, setup, token, target, raw, resourceIds };
}

export const CREATE_BOOKING =
  'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code message } } }';

/** Waits until no event is left to consume and no e-mail to send. */
export async function drained({ databases }: Federation): Promise<void> {
  for (;;) {
    const counts = await Promise.all([
      databases.booking.sql`select 1 from outbox where position is null limit 1`,
      ...(['user', 'resource', 'tenant'] as const).map(
        (name) => databases[name].sql`select 1 from inbox limit 1`,
      ),
      databases.user.sql`select 1 from notifications where status = 'PENDING' limit 1`,
    ]);
    if (counts.every((rows) => rows.length === 0)) break;
    await sleep(DRAIN_POLL_MS);
  }
  await sleep(AFTERMATH_MS);
}
