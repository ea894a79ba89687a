import { keyring } from '@libs/auth/keys';
import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { administratorOf } from '@libs/testing/contexts';
import { expect, test } from 'vitest';
import { setup } from '../tenant.fixtures.ts';
import { createWebhook } from './createWebhook.ts';
import { reencryptSecrets } from './reencryptSecrets.ts';
import { secretCipher } from './secrets.ts';

const { db, sql, as, tenant } = await setup();

const before = secretCipher(keyring('an earlier secret key'));
const secrets = secretCipher(keyring('the present secret key', ['an earlier secret key']));
const unknown = secretCipher(keyring('a lost secret key'));

async function storedWith(secret: (id: string) => string | null, previous: (id: string) => string | null) {
  const ctx = as(administratorOf(await tenant()));
  const input = { url: 'https://hooks.example.com/events', events: ['BOOKING_CREATED' as const] };
  const outcome = await createWebhook(ctx, input);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
  const { id } = outcome.value;
  await sql`update webhooks set secret = ${secret(id)}, previous_secret = ${previous(id)},
    previous_secret_until = ${previous(id) === null ? null : sql`now()`} where id = ${id}`;
  return id;
}
const read = async (id: string) => {
  const [row] = await sql<{ secret: string | null; previous: string | null }[]>`
    select secret, previous_secret as previous from webhooks where id = ${id}`;
  return row!;
};

test('secrets of an earlier key are encrypted with the present one, the rest stays as it is', async () => {
  const both = await storedWith(
    (id) => before.encrypt(id, 'segredo'),
    (id) => before.encrypt(id, 'anterior'),
  );
  const none = await storedWith(
    () => null,
    () => null,
  );
  const present = await storedWith(
    (id) => secrets.encrypt(id, 'novo'),
    () => null,
  );
  const lost = await storedWith(
    (id) => unknown.encrypt(id, 'perdido'),
    (id) => before.encrypt(id, 'anterior'),
  );
  const [presentBefore, lostBefore] = [await read(present), await read(lost)];

  let after: string | undefined;
  do after = await reencryptSecrets({ db, secrets, log: silentLog() }, after);
  while (after !== undefined);

  const alone = secretCipher(keyring('the present secret key'));
  const { secret, previous } = await read(both);
  expect([alone.decrypt(both, secret!), alone.decrypt(both, previous!)]).toEqual(['segredo', 'anterior']);
  expect(await read(none)).toEqual({ secret: null, previous: null });
  expect(await read(present)).toEqual(presentBefore);
  // Still readable once its key is back; what can be read is encrypted again.
  const kept = await read(lost);
  expect(kept.secret).toBe(lostBefore.secret);
  expect(alone.decrypt(lost, kept.previous!)).toBe('anterior');
});

test('more than one batch is done, and unreadable secrets do not stop it', async () => {
  const count = 130;
  const tenantId = await tenant();
  const ids = Array.from({ length: count }, () => newId()).sort();
  for (const [index, id] of ids.entries()) {
    const secret = (index < 110 ? unknown : before).encrypt(id, 'segredo');
    await sql`insert into webhooks (id, tenant_id, url, events, is_active, secret, created_at, updated_at)
      values (${id}, ${tenantId}, 'https://hooks.example.com', '{BOOKING_CREATED}', true, ${secret}, now(), now())`;
  }
  let after: string | undefined;
  let passes = 0;
  do {
    after = await reencryptSecrets({ db, secrets, log: silentLog() }, after);
    passes += 1;
  } while (after !== undefined);
  expect(passes).toBeGreaterThan(1);
  const [row] = await sql`select count(*)::int as n from webhooks
    where tenant_id = ${tenantId} and starts_with(secret, ${secrets.currentPrefix})`;
  expect(row!['n']).toBe(count - 110);
});
