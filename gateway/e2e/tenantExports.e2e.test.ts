/** An export of a tenant, as an administrator asks for it, finds the link in the mailbox, and downloads it from the gateway. */
import { newId } from '@libs/db/ids';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { LEFT_OUT_COLUMNS } from '@libs/subgraph/exportedTables';
import { federation } from '@libs/testing/federation';
import { decodedMail, startMailServer } from '@subgraphs/user/notifications/notifications.fixtures';
import { afterAll, describe, expect, test } from 'vitest';
import { createPerson, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const mails = await startMailServer();
const vaga = await federation({
  replicas: ['booking', 'gateway'],
  variables: { SMTP_URL: mails.mailServer.url, SMTP_FROM: mails.mailServer.from },
});
afterAll(mails.stop);
const platform = await vaga.signIn();
const [ours, theirs] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

const ARRIVAL_LIMIT_MS = 15_000;
const EXPORT =
  'mutation ($tenantId: ID) { exportTenant(tenantId: $tenantId) { tenantExport { tenant { id name } requestedAt emails linkHours } userErrors { code message } } }';

const linksTo = (email: string): string[] =>
  mails.received
    .filter(({ to }) => to.includes(email))
    .flatMap(
      ({ message }) => /^https?:\/\/\S+action=EXPORT_TENANT&token=\S+/m.exec(decodedMail(message)) ?? [],
    );
/** The token of the newest link to the address, once there are `count`. */
async function tokenTo(email: string, count = 1): Promise<string> {
  await expect.poll(() => linksTo(email).length, { timeout: ARRIVAL_LIMIT_MS, interval: 100 }).toBe(count);
  return new URL(linksTo(email).at(-1)!).searchParams.get('token')!;
}
async function newAdministrator(setup = ours) {
  return createPerson(vaga, platform, setup.tenantId, setup.domain, { userType: 'ADMIN' });
}
async function tokenOfNewAdministrator() {
  const administrator = await newAdministrator();
  await vaga.data(EXPORT, {}, administrator);
  return { ...administrator, link: await tokenTo(administrator.email) };
}
const post = (token: string, port = vaga.ports.gateway) =>
  fetch(`http://127.0.0.1:${port}/exports`, { method: 'POST', body: new URLSearchParams({ token }) });
const refusedBy = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
];
const INVALID = [401, 'UNAUTHENTICATED'];

type Row = Record<string, unknown>;
function parsed(text: string) {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const rowsOf = (table: string) =>
    lines.filter((line) => line['table'] === table).map(({ row }) => row as Row);
  const counts = Object.assign({}, ...lines.map(({ tables }) => tables ?? {})) as Record<string, number>;
  return { lines, rowsOf, counts };
}
const idsIn = async (database: SubgraphName, table: string, tenantId: string): Promise<string[]> => {
  const { sql } = vaga.databases[database];
  const rows = await sql<
    { id: string }[]
  >`select id from ${sql(table)} where tenant_id = ${tenantId} order by id`;
  return rows.map(({ id }) => id);
};

test('an administrator asks, gets a link, and downloads what the databases have, at every gateway and more than once', async () => {
  const { admin, tenantId } = ours;
  const { exportTenant } = await vaga.data(EXPORT, {}, admin);
  expect(exportTenant).toEqual({
    tenantExport: {
      tenant: { id: tenantId, name: expect.any(String) },
      requestedAt: expect.any(String),
      emails: 1,
      linkHours: 24,
    },
    userErrors: [],
  });
  const token = await tokenTo(admin.email);
  const mail = decodedMail(mails.received.find(({ to }) => to.includes(admin.email))!.message);
  expect(mail).toContain('Baixar os dados');
  for (const port of [vaga.ports.gateway, vaga.ports.gateway2]) {
    const answer = await post(token, port);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jsonl']);
    const text = await answer.text();
    const { lines, rowsOf, counts } = parsed(text);
    expect(lines.at(-1)).toMatchObject({ isComplete: true, tenantId });
    for (const [database, table] of [
      ['booking', 'bookings'],
      ['booking', 'booking_series'],
      ['booking', 'holds'],
      ['booking', 'closures'],
      ['user', 'users'],
      ['user', 'sessions'],
      ['resource', 'resources'],
      ['tenant', 'webhooks'],
    ] as const) {
      const ids = await idsIn(database, table, tenantId);
      const rows = rowsOf(`${database}.${table}`);
      expect(ids.length).toBeGreaterThan(0);
      expect(rows.map(({ id }) => String(id)).toSorted()).toEqual(ids);
      expect(counts[`${database}.${table}`]).toBe(ids.length);
    }
    const [stored] = await vaga.databases.booking
      .sql`select to_jsonb(b) as row from bookings b where id = ${ours.bookingId}`;
    expect(rowsOf('booking.bookings').find(({ id }) => id === ours.bookingId)).toEqual(stored!['row']);
    expect(new Set(lines.map(({ database }) => database).filter(Boolean))).toEqual(new Set(SUBGRAPHS));
    for (const line of lines) {
      expect(
        Object.keys((line['row'] ?? {}) as Row).filter((column) => LEFT_OUT_COLUMNS.includes(column)),
      ).toEqual([]);
    }
    // Not a row, an id or an address of the other tenant.
    for (const foreign of [theirs.tenantId, theirs.admin.email, theirs.bookingId, '$argon2']) {
      expect(text).not.toContain(foreign);
    }
  }
  const audit = await vaga.databases.tenant
    .sql`select action, actor_id from audit_entries where tenant_id = ${tenantId} and action like 'tenant.export%' order by occurred_at, id`;
  expect(audit.map((row) => ({ ...row }))).toEqual(
    ['tenant.export_requested', 'tenant.exported', 'tenant.exported'].map((action) => ({
      action,
      actor_id: admin.id,
    })),
  );
});

describe('refused', () => {
  test('members, API keys and administrators of another tenant cannot ask', async () => {
    for (const token of [ours.user.token, ours.manager.token]) {
      const { errors } = await vaga.ask(EXPORT, {}, { token });
      expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
    }
    const { errors } = await vaga.ask(EXPORT, { tenantId: ours.tenantId }, theirs.admin);
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
    const anonymous = await vaga.ask(EXPORT, { tenantId: ours.tenantId });
    expect(anonymous.errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    const missing = await vaga.data(EXPORT, { tenantId: newId() }, { token: platform });
    expect(missing.exportTenant.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('the fourth e-mail with a link to one address within an hour is TOO_MANY', async () => {
    const administrator = await newAdministrator();
    for (let count = 0; count < 3; count += 1) {
      expect((await vaga.data(EXPORT, {}, administrator)).exportTenant.userErrors).toEqual([]);
    }
    expect((await vaga.data(EXPORT, {}, administrator)).exportTenant).toMatchObject({
      tenantExport: null,
      userErrors: [{ code: 'TOO_MANY' }],
    });
  });

  test('a link that is wrong, expired, or for another purpose', async () => {
    const { link, email } = await tokenOfNewAdministrator();
    expect(await refusedBy(await post('no such token'))).toEqual(INVALID);
    await vaga.data(
      'mutation ($domain: String, $email: EmailAddress!) { requestPasswordReset(domain: $domain, email: $email) }',
      { domain: ours.domain, email },
    );
    const reset = /action=RESET_PASSWORD&token=(\S+)/;
    const resets = () =>
      mails.received
        .filter(({ to }) => to.includes(email))
        .flatMap(({ message }) => reset.exec(decodedMail(message))?.[1] ?? []);
    await expect.poll(() => resets().length, { timeout: ARRIVAL_LIMIT_MS }).toBe(1);
    expect(await refusedBy(await post(resets()[0]!))).toEqual(INVALID);
    expect((await post(link)).status).toBe(200);
    const reused = await vaga.data(
      'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { userErrors { code } } }',
      { input: { token: link, newPassword: 'of another choice' } },
    );
    expect(reused.resetPassword.userErrors).toMatchObject([{ code: 'TOKEN_INVALID' }]);
    await vaga.databases.user.sql`
      update link_tokens set expires_at = now() - interval '1 second' where purpose = 'EXPORT_TENANT'`;
    expect(await refusedBy(await post(link))).toEqual(INVALID);
  });

  test('a link of somebody who is no administrator any more, inactive, or deleted', async () => {
    for (const change of ['userType: USER', 'isActive: false', null]) {
      const { id, link } = await tokenOfNewAdministrator();
      expect((await post(link)).status).toBe(200);
      if (change)
        await vaga.data(
          `mutation ($id: ID!) { updateUser(input: { id: $id, ${change} }) { user { id } userErrors { code } } }`,
          { id },
          ours.admin,
        );
      else await vaga.data('mutation ($id: ID!) { deleteUser(id: $id) { deletedId } }', { id }, ours.admin);
      expect(await refusedBy(await post(link))).toEqual(INVALID);
    }
  });

  test('the rows of a subgraph without a passport of the gateway', async () => {
    for (const name of SUBGRAPHS) {
      const answer = await fetch(`http://127.0.0.1:${vaga.ports[name]}/tenant-rows?tenant=${ours.tenantId}`);
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe('');
    }
  });
});

test('asked by the platform, every active administrator of the tenant gets a link of their own, and nobody else', async () => {
  const setup = await setUpTenant(vaga, platform);
  const second = await newAdministrator(setup);
  const { exportTenant } = await vaga.data(EXPORT, { tenantId: setup.tenantId }, { token: platform });
  expect(exportTenant).toMatchObject({ tenantExport: { emails: 2 }, userErrors: [] });
  const links = [await tokenTo(setup.admin.email), await tokenTo(second.email)];
  expect(new Set(links).size).toBe(2);
  for (const link of links) expect((await post(link)).status).toBe(200);
  expect(linksTo(setup.manager.email)).toEqual([]);
  await mutate(vaga, platform, 'updateTenant', { id: setup.tenantId, isActive: false }, 'tenant { id }');
  // Tenants are known to be inactive within the time that their profile is cached.
  await expect.poll(async () => (await post(links[0]!)).status, { timeout: ARRIVAL_LIMIT_MS }).toBe(401);
});
