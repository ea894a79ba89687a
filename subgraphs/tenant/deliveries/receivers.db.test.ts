/** Runs the example receivers of docs/webhooks.md as written there. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { administratorOf } from '@libs/testing/contexts';
import { silentLog } from '@libs/telemetry/log';
import { afterAll, describe, expect, test } from 'vitest';
import { announcedBookingEvent, processDeps, setup } from '../tenant.fixtures.ts';
import { createWebhook } from '../webhooks/createWebhook.ts';
import { signedHeaders } from './signing.ts';
import { updateWebhook } from '../webhooks/updateWebhook.ts';
import { deliverOnce } from './deliveryWorker.ts';

const { db, sql, as, tenant, applyEvent } = await setup();
const docs = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'vaga-receivers-'));
const children: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(
    children.map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
  rmSync(folder, { recursive: true });
});

const EXAMPLES = [
  { language: 'js', file: 'receiver.mjs', command: process.execPath },
  { language: 'python', file: 'receiver.py', command: 'python3' },
];
const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

/** Starts an example; `lines` collects its output. */
async function start({ language, file, command }: (typeof EXAMPLES)[number], secret: string) {
  const source = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(docs)?.[1];
  writeFileSync(path.join(folder, file), source!);
  const child = spawn(command, [path.join(folder, file)], {
    env: { PATH: process.env['PATH'], SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const output = createInterface(child.stdout);
  output.on('line', (line) => lines.push(line));
  const [first] = (await once(output, 'line')) as [string];
  lines.shift();
  return { url: `http://localhost:${/\d+$/.exec(first)![0]}/events`, lines };
}

describe.each(EXAMPLES)('the example $file', (example) => {
  const whsec = `whsec_${randomBytes(32).toString('base64')}`;

  test.skipIf(!isInstalled(example.command)).each([
    ['in the form of Standard Webhooks', whsec],
    ['of any other text', 'any other text, with ç'],
  ])('accepts an event under a secret %s, drops a repeat, and survives a rotation', async (_, secret) => {
    const { url, lines } = await start(example, secret);
    const tenantId = await tenant();
    const ctx = as(administratorOf(tenantId));
    const created = await createWebhook(ctx, { url, secret, events: ['BOOKING_CREATED'] });
    if (!created.ok) throw new Error(JSON.stringify(created.refusals));
    const { guard, secrets } = processDeps(db);
    const deliver = () => deliverOnce({ db, guard, secrets, log: silentLog() });
    const statusOf = async () =>
      (
        await sql`
          select status from webhook_deliveries where tenant_id = ${tenantId} order by arrival desc limit 1`
      )[0]!;

    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await applyEvent(event);
    await deliver();
    expect(await statusOf()).toEqual({ status: 'SUCCEEDED' });
    await updateWebhook(ctx, { id: created.value.id, secret: `whsec_${randomBytes(32).toString('base64')}` });
    const next = announcedBookingEvent(tenantId);
    await applyEvent(next);
    await deliver();
    expect(await statusOf()).toEqual({ status: 'SUCCEEDED' });
    await expect
      .poll(() => lines)
      .toEqual([event, next].map(({ payload }) => `booking.created ${payload.booking_id} confirmed`));
  });

  test.skipIf(!isInstalled(example.command))(
    'rejects another body, another secret, an old request, and an unsigned one',
    async () => {
      const { url, lines } = await start(example, whsec);
      const body = '{"event":"booking.created","data":{"booking_id":"x","status":"pending"}}';
      const now = Math.floor(Date.now() / 1_000);
      const post = async (headers: Record<string, string>, text = body) =>
        (await fetch(url, { method: 'POST', headers, body: text })).status;
      const signed = (timestampSeconds: number, secret = whsec) =>
        signedHeaders({ eventId: 'an-id', timestampSeconds, body }, [secret]);

      expect(await post(signed(now), `${body} `)).toBe(401);
      expect(await post(signed(now, 'another secret'))).toBe(401);
      expect(await post(signed(now - 600))).toBe(401);
      expect(await post({ ...signed(now), 'webhook-id': 'another' })).toBe(401);
      expect(await post({ ...signed(now), 'x-webhook-signature': `sha256=${'0'.repeat(64)}` })).toBe(401);
      expect(await post({})).toBe(401);
      expect(lines).toEqual([]);
      expect(await post(signed(now))).toBe(204);
    },
  );
});
