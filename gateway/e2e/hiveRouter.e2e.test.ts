/**
 * Hive Gateway before the subgraphs in production (SUBGRAPH_TRUST=token), configured as docs/routers.md says. Only with VAGA_SOAK: it installs half
 * a gigabyte from the npm registry, once for each checkout. `otherRouter.e2e.test.ts` tests the same paths with Apollo's stock gateway.
 */
import { federation } from '@libs/testing/federation';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startHive } from '../testing/hiveGateway.ts';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const SET_UP_LIMIT_MS = 600_000;

async function hiveTests(): Promise<void> {
  const vaga = await federation({
    variables: { ENVIRONMENT: 'production', SUBGRAPH_TRUST: 'token', CORS_ORIGINS: 'https://fit.example' },
  });
  let ours: TenantSetup;
  let hive: Awaited<ReturnType<typeof startHive>>;

  beforeAll(async () => {
    ours = await setUpTenant(vaga, await vaga.signIn());
    hive = await startHive(vaga);
  }, SET_UP_LIMIT_MS);
  afterAll(() => hive?.stop());

  async function ask(query: string, token?: string, variables: object = {}) {
    const response = await fetch(hive.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    // Assertions check the shape.
    // oxlint-disable-next-line typescript/no-explicit-any
    return (await response.json()) as any;
  }

  it('answers as Vaga’s own gateway, for users, keys and the public', async () => {
    const scopes = ['BOOKINGS_READ', 'USERS_READ'];
    const input = { name: 'Servidor', scopes };
    const { secret } = await mutate(vaga, ours.admin.token, 'createApiKey', input, 'secret');
    const bookings =
      '{ bookings(first: 3) { totalCount nodes { id resource { name } user { name email } } } }';
    for (const token of [ours.user.token, ours.admin.token, secret])
      expect(await ask(bookings, token)).toEqual({ data: await vaga.data(bookings, {}, { token }) });
    const availability = `{ resource(id: "${ours.resourceId}") { availability(from: "${daysAhead(1, 9).slice(0, 10)}", to: "${daysAhead(3, 9).slice(0, 10)}") { date slots { startTime endTime available } } } }`;
    expect(await ask(availability)).toEqual({ data: await vaga.data(availability) });
    expect((await ask(bookings)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('carries out mutations as the caller, and follows changes by its WebSocket transport', async () => {
    const ids: string[] = [];
    const client = createClient({
      url: hive.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${ours.admin.token}` },
    });
    client.subscribe<{ bookingChanged: { booking: { id: string; resource: { name: string } } } }>(
      { query: 'subscription { bookingChanged { booking { id resource { name } } } }' },
      { next: ({ data }) => ids.push(data!.bookingChanged.booking.id), error: () => {}, complete: () => {} },
    );
    const query = `mutation ($input: CreateBookingInput!) {
      createBooking(input: $input) { booking { id } userErrors { code } } }`;
    let hour = 6;
    await expect
      .poll(
        async () => {
          hour += 1;
          const input = {
            resourceId: ours.resourceId,
            startTime: daysAhead(9, hour),
            endTime: daysAhead(9, hour + 1),
          };
          const { data } = await ask(query, ours.user.token, { input });
          expect(data.createBooking.userErrors).toEqual([]);
          return ids.length;
        },
        { timeout: 20_000, interval: 2_000 },
      )
      .toBeGreaterThan(0);
    await client.dispose();
    const forbidden = `mutation { deleteTenant(id: "${ours.tenantId}") { deletedId } }`;
    expect((await ask(forbidden, ours.user.token)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
}

if (process.env['VAGA_SOAK']) describe('Hive Gateway', hiveTests);
else it.skip('Hive Gateway (only with VAGA_SOAK)', () => {});
