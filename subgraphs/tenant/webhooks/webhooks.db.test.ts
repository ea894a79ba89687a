import { newId } from '@libs/db/ids';
import { userErrors } from '@libs/graphql/payload';
import type { Outcome } from '@libs/outcome/outcome';
import { administratorOf, newTenantId, request, userOf } from '@libs/testing/contexts';
import { graphql } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { redeliverWebhook } from '../deliveries/redeliverWebhook.ts';
import { purgeDeliveries } from '../deliveries/deliveryWorker.ts';
import { schema } from '../schema.ts';
import { announcedBookingEvent, processDeps, setup } from '../tenant.fixtures.ts';
import { deleteTenant } from '../tenants/deleteTenant.ts';
import { updateTenant } from '../tenants/updateTenant.ts';
import { createWebhook } from './createWebhook.ts';
import { deleteWebhook } from './deleteWebhook.ts';
import { deliveriesOf, webhooksOf } from './reads.ts';
import { PLAN_LIMITS } from '../tenants/planLimits.ts';
import { updateWebhook } from './updateWebhook.ts';

const { db, sql, as, platform, anonymous, tenant, applyEvent } = await setup();
const { secrets } = processDeps(db);
const api = schema();

const url = 'https://hooks.example.com/events';
const codesOf = (outcome: Outcome<unknown>) => (outcome.ok ? [] : outcome.refusals.map((one) => one.code));
const thrown = (code: string) => expect.objectContaining({ code });
function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
  return outcome.value;
}
const created = async (ctx: Context, input: Partial<Parameters<typeof createWebhook>[1]> = {}) =>
  valueOf(await createWebhook(ctx, { url, events: ['BOOKING_CREATED'], ...input }));
const storedSecrets = async (id: string) => {
  const [row] =
    await sql`select secret, previous_secret, previous_secret_until from webhooks where id = ${id}`;
  return row!;
};

describe('createWebhook', () => {
  test('creates an active webhook with each event once, and stores its secret encrypted', async () => {
    const ctx = as(administratorOf(await tenant()));
    const row = await created(ctx, {
      events: ['BOOKING_CANCELLED', 'BOOKING_CREATED', 'BOOKING_CANCELLED'],
      secret: 'a secret',
    });
    expect(row).toMatchObject({ url, isActive: true, events: ['BOOKING_CREATED', 'BOOKING_CANCELLED'] });
    const { secret } = await storedSecrets(row.id);
    expect(secret).not.toContain('a secret');
    expect(secrets.decrypt(row.id, secret)).toBe('a secret');
  });

  test('reports every refusal at once, in both languages', async () => {
    const ctx = as(administratorOf(await tenant()));
    const outcome = await createWebhook(ctx, { url: 'http://hooks.example.com', events: [], secret: ' ' });
    expect(codesOf(outcome)).toEqual(['INVALID', 'INVALID', 'INVALID']);
    const inEnglish = await userErrors(request({ language: 'en' }), outcome);
    const inPortuguese = await userErrors(request({ language: 'pt-BR' }), outcome);
    expect(inEnglish[0]).toMatchObject({ message: 'The address must use https.', field: ['input', 'url'] });
    expect(inPortuguese[1]).toMatchObject({
      message: 'Informe ao menos um evento.',
      field: ['input', 'events'],
    });
  });

  test.each([
    ['longer than 200 characters', 'x'.repeat(201)],
    ['whsec_ that is not base64', 'whsec_not base64'],
    ['whsec_ alone', 'whsec_'],
  ])('refuses a secret: %s', async (_, secret) => {
    const outcome = await createWebhook(as(administratorOf(await tenant())), {
      url,
      events: ['BOOKING_CREATED'],
      secret,
    });
    expect(outcome).toMatchObject({ ok: false, refusals: [{ code: 'INVALID', field: ['input', 'secret'] }] });
  });

  test('creates concurrent webhooks up to the tenant’s limit', async () => {
    const ctx = as(administratorOf(await tenant()));
    const max = PLAN_LIMITS.ENTERPRISE.webhooks;
    const outcomes = await Promise.all(
      Array.from({ length: max + 5 }, () => createWebhook(ctx, { url, events: ['BOOKING_CREATED'] })),
    );
    expect(outcomes.flatMap(codesOf)).toEqual(Array(5).fill('TOO_MANY'));
  });

  test('refuses an inactive tenant (INACTIVE) and an unknown one (NOT_FOUND), and lets a platform administrator name the tenant', async () => {
    const tenantId = await tenant();
    const events = ['BOOKING_CREATED' as const];
    await expect(createWebhook(platform, { url, events })).rejects.toEqual(thrown('BAD_USER_INPUT'));
    expect(codesOf(await createWebhook(platform, { tenantId: newId(), url, events }))).toEqual(['NOT_FOUND']);
    await updateTenant(platform, { id: tenantId, isActive: false });
    expect(codesOf(await createWebhook(platform, { tenantId, url, events }))).toEqual(['INACTIVE']);
  });
});

describe('updateWebhook', () => {
  test('changes named fields and keeps the rest', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx, { secret: 'a secret' });
    const row = valueOf(await updateWebhook(ctx, { id, isActive: false }));
    expect(row).toMatchObject({ url, isActive: false, events: ['BOOKING_CREATED'] });
    expect(row.secret).not.toBeNull();
  });

  test('lets a replaced secret sign for 24 more hours, and ignores an unchanged one', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx, { secret: 'first' });
    const row = valueOf(await updateWebhook(ctx, { id, secret: 'second' }));
    expect(secrets.decrypt(id, row.secret!)).toBe('second');
    expect(secrets.decrypt(id, row.previousSecret!)).toBe('first');
    expect(row.previousSecretUntil!.since(ctx.now).total('hours')).toBe(24);
    expect(valueOf(await updateWebhook(ctx, { id, secret: 'second' })).previousSecret).toBe(
      row.previousSecret,
    );
  });

  test('ends signatures at once with a null secret', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx, { secret: 'first' });
    await updateWebhook(ctx, { id, secret: 'second' });
    await updateWebhook(ctx, { id, secret: null });
    expect(await storedSecrets(id)).toEqual({
      secret: null,
      previous_secret: null,
      previous_secret_until: null,
    });
  });

  test('replaces a secret that can no longer be decrypted', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx, { secret: 'first' });
    await sql`update webhooks set secret = 'v1.AAAA' where id = ${id}`;
    expect(secrets.decrypt(id, valueOf(await updateWebhook(ctx, { id, secret: 'first' })).secret!)).toBe(
      'first',
    );
  });

  test('refuses null for required fields, and an internal URL', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx);
    expect(codesOf(await updateWebhook(ctx, { id, url: null, events: null, isActive: null }))).toEqual([
      'INVALID',
      'INVALID',
      'INVALID',
    ]);
    expect(codesOf(await updateWebhook(ctx, { id, url: 'https://10.0.0.1/' }))).toEqual(['INVALID']);
  });

  test('forgets earlier failures after a new URL or a reactivation', async () => {
    const ctx = as(administratorOf(await tenant()));
    const { id } = await created(ctx);
    for (const change of [{ url: `${url}/2` }, { isActive: true }]) {
      await sql`update webhooks set failing_since = now(), is_active = false where id = ${id}`;
      expect(valueOf(await updateWebhook(ctx, { id, ...change })).failingSince).toBeNull();
    }
  });
});

describe('deleteWebhook', () => {
  test('hides the webhook at once, erases its secrets, and leaves its deliveries to the worker', async () => {
    const tenantId = await tenant();
    const ctx = as(administratorOf(tenantId));
    const { id } = await created(ctx, { secret: 'a secret' });
    await applyEvent(announcedBookingEvent(tenantId));
    expect(await deleteWebhook(ctx, id)).toEqual({ ok: true, value: id });
    expect(await webhooksOf(ctx, { id: tenantId })).toEqual([]);
    expect(codesOf(await deleteWebhook(ctx, id))).toEqual(['NOT_FOUND']);
    expect(await storedSecrets(id)).toMatchObject({ secret: null });
    while (await purgeDeliveries({ db }));
    expect(await sql`select 1 from webhook_deliveries where webhook_id = ${id}`).toHaveLength(0);
    expect(await sql`select 1 from webhooks where id = ${id}`).toHaveLength(0);
  });

  test('follows the deletion of its tenant, after which nothing is recorded', async () => {
    const tenantId = await tenant();
    await created(as(administratorOf(tenantId)));
    await applyEvent(announcedBookingEvent(tenantId));
    await deleteTenant(platform, tenantId);
    await applyEvent(announcedBookingEvent(tenantId));
    while (await purgeDeliveries({ db }));
    expect(await sql`select 1 from webhook_deliveries where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select 1 from webhooks where tenant_id = ${tenantId}`).toHaveLength(0);
  });

  test('leaves no webhook that was created while its tenant was deleted', async () => {
    const tenantId = await tenant();
    const ctx = as(administratorOf(tenantId));
    await Promise.all([
      ...Array.from({ length: 10 }, () => createWebhook(ctx, { url, events: ['BOOKING_CREATED'] })),
      deleteTenant(platform, tenantId),
    ]);
    while (await purgeDeliveries({ db }));
    expect(await sql`select 1 from webhooks where tenant_id = ${tenantId}`).toHaveLength(0);
  });
});

describe('recordDeliveries', () => {
  test('records one delivery per active webhook of the tenant that wants the event', async () => {
    const [own, other] = [await tenant(), await tenant()];
    const ctx = as(administratorOf(own));
    const wanting = [
      await created(ctx),
      await created(ctx, { events: ['BOOKING_CREATED', 'BOOKING_UPDATED'] }),
    ];
    await created(ctx, { events: ['BOOKING_CANCELLED'] });
    await created(ctx, { isActive: false });
    await created(as(administratorOf(other)));
    const event = announcedBookingEvent(own);
    await applyEvent(event);
    const rows = await sql`
      select webhook_id, tenant_id, booking_id, body, status from webhook_deliveries where event_id = ${event.eventId}`;
    expect(new Set(rows.map((row) => row['webhook_id']))).toEqual(new Set(wanting.map(({ id }) => id)));
    expect(rows).toHaveLength(wanting.length);
    for (const row of rows) {
      expect(row).toMatchObject({
        tenant_id: own,
        booking_id: event.payload.booking_id,
        status: 'PENDING',
        body: JSON.stringify({ event: 'booking.created', data: event.payload }),
      });
    }
  });
});

describe('redeliverWebhook', () => {
  async function delivered(status: 'SUCCEEDED' | 'FAILED' | 'PENDING') {
    const tenantId = await tenant();
    const ctx = as(administratorOf(tenantId));
    const webhook = await created(ctx);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await sql`
      update webhook_deliveries set status = ${status}, attempts = 3,
        next_attempt_at = ${status === 'PENDING' ? sql`now() + interval '1 day'` : null}
      where event_id = ${event.eventId}`;
    const page = await deliveriesOf(ctx, webhook, { first: 20 });
    return { ctx, webhook, event, delivery: page.nodes[0]! };
  }

  test('sends a settled delivery as a new delivery of the same event, and keeps the old one', async () => {
    for (const status of ['SUCCEEDED', 'FAILED'] as const) {
      const { ctx, webhook, event, delivery } = await delivered(status);
      const again = valueOf(await redeliverWebhook(ctx, delivery.id));
      expect(again).toMatchObject({
        eventId: event.eventId,
        body: delivery.body,
        status: 'PENDING',
        attempts: 0,
      });
      expect(again.id).not.toBe(delivery.id);
      const log = await deliveriesOf(ctx, webhook, { first: 20 });
      expect(log.nodes.map((row) => row.status)).toEqual(['PENDING', status]);
    }
  });

  test('makes a pending delivery due now, without duplicates from twenty concurrent calls', async () => {
    const { ctx, webhook, delivery } = await delivered('PENDING');
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => redeliverWebhook(ctx, delivery.id)));
    expect(new Set(outcomes.map((outcome) => valueOf(outcome).id))).toEqual(new Set([delivery.id]));
    const log = await deliveriesOf(ctx, webhook, { first: 20 });
    expect(log.nodes).toHaveLength(1);
    expect(log.nodes[0]!.nextAttemptAt!.epochMilliseconds).toBeLessThanOrEqual(ctx.now.epochMilliseconds);
  });

  test('makes one new delivery from twenty concurrent calls for a settled one', async () => {
    const { ctx, webhook, delivery } = await delivered('FAILED');
    await Promise.all(Array.from({ length: 20 }, () => redeliverWebhook(ctx, delivery.id)));
    expect((await deliveriesOf(ctx, webhook, { first: 20 })).nodes).toHaveLength(2);
  });

  test('is INACTIVE for an inactive webhook, NOT_FOUND for a deleted one', async () => {
    const { ctx, webhook, delivery } = await delivered('FAILED');
    await updateWebhook(ctx, { id: webhook.id, isActive: false });
    expect(codesOf(await redeliverWebhook(ctx, delivery.id))).toEqual(['INACTIVE']);
    await deleteWebhook(ctx, webhook.id);
    expect(codesOf(await redeliverWebhook(ctx, delivery.id))).toEqual(['NOT_FOUND']);
  });
});

describe('access to webhooks', () => {
  test("hides another tenant's webhooks and deliveries as if they did not exist", async () => {
    const tenantId = await tenant();
    const webhook = await created(as(administratorOf(tenantId)));
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    const [row] = await sql`select id from webhook_deliveries where event_id = ${event.eventId}`;
    const stranger = as(administratorOf(await tenant()));
    expect(codesOf(await updateWebhook(stranger, { id: webhook.id, isActive: false }))).toEqual([
      'NOT_FOUND',
    ]);
    expect(codesOf(await deleteWebhook(stranger, webhook.id))).toEqual(['NOT_FOUND']);
    expect(codesOf(await redeliverWebhook(stranger, row!['id']))).toEqual(['NOT_FOUND']);
    await expect(createWebhook(stranger, { tenantId, url, events: ['BOOKING_CREATED'] })).rejects.toEqual(
      thrown('FORBIDDEN'),
    );
    await expect(webhooksOf(stranger, { id: tenantId })).rejects.toEqual(thrown('FORBIDDEN'));
    expect(valueOf(await updateWebhook(platform, { id: webhook.id, isActive: false })).isActive).toBe(false);
  });

  test.each([
    ['UNAUTHENTICATED', anonymous],
    ['FORBIDDEN', as(userOf(newTenantId(), { canManageBookings: true, canManageUsers: true }))],
    ['FORBIDDEN', as({ kind: 'service', name: 'booking' })],
  ])('is %s for anyone but administrators', async (code, ctx) => {
    const id = newId();
    const requested = ctx.caller.kind === 'user' ? ctx.caller.tenantId : id;
    await expect(createWebhook(ctx, { url, events: ['BOOKING_CREATED'] })).rejects.toEqual(thrown(code));
    await expect(updateWebhook(ctx, { id })).rejects.toEqual(thrown(code));
    await expect(deleteWebhook(ctx, id)).rejects.toEqual(thrown(code));
    await expect(redeliverWebhook(ctx, id)).rejects.toEqual(thrown(code));
    await expect(webhooksOf(ctx, { id: requested })).rejects.toEqual(thrown(code));
  });

  test('shows the webhooks of a publicly visible tenant to its own administrators only', async () => {
    const tenantId = await tenant();
    await created(as(administratorOf(tenantId)), { secret: 'a secret' });
    const [row] = await sql`select domain from tenants where id = ${tenantId}`;
    const source = `{ tenantByDomain(domain: "${row!['domain']}") {
      webhooks { id url events isActive hasSecret createdAt deliveries { nodes { id } } }
    } }`;
    const ask = (ctx: Context) => graphql({ schema: api, source, contextValue: ctx });
    for (const ctx of [anonymous, as(administratorOf(await tenant())), as(userOf(tenantId))]) {
      const { data, errors } = await ask(ctx);
      expect(data?.['tenantByDomain']).toBeNull();
      expect(errors?.[0]?.extensions['code']).toMatch(/FORBIDDEN|UNAUTHENTICATED/);
    }
    const { data, errors } = await ask(as(administratorOf(tenantId)));
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({
      tenantByDomain: { webhooks: [{ url, hasSecret: true, deliveries: { nodes: [] } }] },
    });
    expect(JSON.stringify(data)).not.toContain('a secret');
  });
});

describe('the delivery log', () => {
  test('lists each delivery once, newest first, filtered by status, and refuses a foreign cursor', async () => {
    const tenantId = await tenant();
    const ctx = as(administratorOf(tenantId));
    const [webhook, other] = [await created(ctx), await created(ctx, { events: ['BOOKING_CANCELLED'] })];
    const events = Array.from({ length: 7 }, () => announcedBookingEvent(tenantId));
    for (const event of events) await applyEvent(event);
    await sql`
      update webhook_deliveries set status = 'FAILED', next_attempt_at = null
      where event_id = any(${events.slice(0, 2).map(({ eventId }) => eventId)})`;
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof deliveriesOf>> = await deliveriesOf(ctx, webhook, {
        first: 3,
        after,
      });
      seen.push(...page.nodes.map((row) => row.eventId));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      if (after) {
        await expect(deliveriesOf(ctx, other, { first: 3, after })).rejects.toEqual(thrown('BAD_USER_INPUT'));
      }
    } while (after);
    expect(seen).toEqual(events.map(({ eventId }) => eventId).toReversed());
    const failed = await deliveriesOf(ctx, webhook, { first: 3, status: 'FAILED' });
    expect(failed.nodes.map((row) => row.eventId)).toEqual(
      events
        .slice(0, 2)
        .map(({ eventId }) => eventId)
        .toReversed(),
    );
  });

  test('keeps webhooks of many tenants apart when read together', async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, tenant));
    for (const tenantId of tenants) {
      await created(as(administratorOf(tenantId)));
      await applyEvent(announcedBookingEvent(tenantId));
    }
    const hooks = (await Promise.all(tenants.map((id) => webhooksOf(platform, { id })))).flat();
    const pages = await Promise.all(hooks.map((hook) => deliveriesOf(platform, hook, { first: 2 })));
    expect(pages.map((page) => page.nodes.length)).toEqual([1, 1, 1, 1, 1]);
    expect(pages.map((page) => page.nodes[0]!.webhookId)).toEqual(hooks.map(({ id }) => id));
  });
});
