import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { describe, expect, test } from 'vitest';
import {
  createHashQueue,
  hashOwner,
  MAX_CONSECUTIVE_CHECKS,
  MAX_CONCURRENT_HASHES,
  MAX_QUEUED_HASHES,
  MAX_QUEUED_HASHES_OF_TENANT,
  type HashOwner,
  type Lane,
} from './hashQueue.ts';

/** A queue whose slots are all taken until `open`; records what runs afterwards, in order. */
function closedQueue() {
  const { withHashSlot } = createHashQueue();
  const order: string[] = [];
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let running = 0;
  let most = 0;
  for (let slot = 0; slot < MAX_CONCURRENT_HASHES; slot += 1)
    void withHashSlot('check', 'platform', () => opened);
  const enter = (lane: Lane, owner: HashOwner, name: string) =>
    withHashSlot(lane, owner, async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(name);
      await new Promise(setImmediate);
      running -= 1;
    });
  /** Enters `count` of one kind; resolves to how many were refused. */
  const enterMany = (count: number, lane: Lane, owner: HashOwner, name: string) => {
    const all = Promise.allSettled(Array.from({ length: count }, () => enter(lane, owner, name)));
    return async () =>
      (await all).flatMap((one) =>
        one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
      );
  };
  return { enter, enterMany, open, order, most: () => most };
}

const tenant = (): TenantId => newId() as TenantId;

describe('withHashSlot', () => {
  test('runs at most MAX_CONCURRENT_HASHES at once', async () => {
    const { enterMany, open, most } = closedQueue();
    const refused = enterMany(20, 'check', tenant(), 'a');
    open();
    expect(await refused()).toEqual([]);
    expect(most()).toBe(MAX_CONCURRENT_HASHES);
  });

  test.each<Lane>(['check', 'newPassword'])(
    "delays another tenant's %s by one hash of a backlog, not by all of it",
    async (lane) => {
      const { enter, enterMany, open, order } = closedQueue();
      const backlog = enterMany(30, lane, tenant(), 'flood');
      const other = enter(lane, tenant(), 'other');
      open();
      await Promise.all([backlog(), other]);
      expect(order.indexOf('other')).toBe(1);
      expect(order).toHaveLength(31);
    },
  );

  test('serves checks before new passwords, which still advance', async () => {
    const { enterMany, open, order } = closedQueue();
    const imported = enterMany(3, 'newPassword', tenant(), 'new');
    const signedIn = enterMany(3 * MAX_CONSECUTIVE_CHECKS, 'check', tenant(), 'check');
    open();
    await Promise.all([imported(), signedIn()]);
    const round = [...Array.from({ length: MAX_CONSECUTIVE_CHECKS }, () => 'check'), 'new'];
    expect(order).toEqual([...round, ...round, ...round]);
  });

  test('refuses only the tenant that floods', async () => {
    const { enterMany, open } = closedQueue();
    const refused = enterMany(MAX_QUEUED_HASHES_OF_TENANT + 5, 'check', tenant(), 'flood');
    const others = enterMany(1, 'check', tenant(), 'other');
    open();
    expect(await refused()).toEqual(Array.from({ length: 5 }, () => 'RATE_LIMITED'));
    expect(await others()).toEqual([]);
  });

  test('reserves slots for checks during a flood of new passwords', async () => {
    const { enter, enterMany, open } = closedQueue();
    const floods = Array.from({ length: 4 }, () =>
      enterMany(MAX_QUEUED_HASHES_OF_TENANT, 'newPassword', tenant(), 'flood'),
    );
    const check = enter('check', tenant(), 'check');
    open();
    await expect(check).resolves.toBeUndefined();
    expect((await Promise.all(floods.map((ended) => ended()))).flat()).toHaveLength(
      4 * MAX_QUEUED_HASHES_OF_TENANT - MAX_QUEUED_HASHES,
    );
  });

  test('drops a waiter of the longest queue for a shorter one when the lane is full', async () => {
    const { enterMany, open } = closedQueue();
    const floods = Array.from({ length: MAX_QUEUED_HASHES / MAX_QUEUED_HASHES_OF_TENANT }, () =>
      enterMany(MAX_QUEUED_HASHES_OF_TENANT, 'check', tenant(), 'flood'),
    );
    const others = Array.from({ length: 10 }, () => enterMany(1, 'check', tenant(), 'other'));
    open();
    expect((await Promise.all(others.map((ended) => ended()))).flat()).toEqual([]);
    expect((await Promise.all(floods.map((ended) => ended()))).flat()).toHaveLength(10);
  });

  test('counts sign-ins with unknown domains as one owner', () => {
    expect(hashOwner(undefined)).toBe('unknown');
    expect(hashOwner(null)).toBe('platform');
    const known = tenant();
    expect(hashOwner(known)).toBe(known);
  });

  test('passes on the slot of work that fails', async () => {
    const { withHashSlot } = createHashQueue();
    const fail = () => withHashSlot('check', tenant(), () => Promise.reject(new Error('no')));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, fail));
    expect(outcomes.every((one) => one.status === 'rejected')).toBe(true);
    expect(await withHashSlot('newPassword', tenant(), async () => 'free')).toBe('free');
  });
});
