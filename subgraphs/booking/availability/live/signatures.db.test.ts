import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { exampleDirectory } from '../../booking.fixtures.ts';
import { closing, date, exampleClosures } from '../../closures/closures.fixtures.ts';
import { closureVersionsOfAllTenants } from '../../closures/store.ts';
import { signaturesOf } from './signatures.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'signatures' });
afterAll(() => db.close());
const directory = exampleDirectory();

const JANUARY = { from: date('2027-01-01'), to: date('2027-01-31') };
const MARCH = { from: date('2027-03-01'), to: date('2027-03-31') };

it('changes with the closures of its dates only', async () => {
  const { tenant, close } = exampleClosures(db, directory);
  const watched = [tenant.resource(), tenant.resource()].map((resourceId) => ({
    tenantId: tenant.id,
    resourceId,
  }));
  const signatures = async () => {
    const found = await signaturesOf(tenant.as({ kind: 'anonymous' }), db, [
      { watched, dates: JANUARY },
      { watched: watched.slice(0, 1), dates: MARCH },
    ]);
    return found.map((of) => [...of]);
  };
  const before = await signatures();
  expect(before.map((of) => of.map(([id]) => id))).toEqual([
    watched.map(({ resourceId }) => resourceId),
    [watched[0]!.resourceId],
  ]);
  await close([closing('2027-02-01')]);
  expect(await signatures()).toEqual(before);
  await close([closing('2027-02-02', { to: date('2027-03-01') })]);
  const [january, march] = await signatures();
  expect(january).toEqual(before[0]);
  expect(march).not.toEqual(before[1]);
});

it('does not read the closures of other dates', async () => {
  const { tenant, close } = exampleClosures(db, directory);
  await sql`
    insert into closures (id, tenant_id, name, from_date, to_date, created_at, updated_at)
    select gen_random_uuid(), ${tenant.id}, 'x', date '2000-01-01' + n, date '2000-01-01' + n, now(), now()
    from generate_series(1, 5000) n`;
  await close([closing('2027-01-06')]);
  const read = await inTransaction(db, async (tx) => {
    const tuples = async () => {
      const [row] = await tx.sql<[{ count: number }]>`
        select sum(pg_stat_get_xact_tuples_returned(relation.oid))::int as count from pg_class relation
        where relation.oid = 'closures'::regclass
          or relation.oid in (select indexrelid from pg_index where indrelid = 'closures'::regclass)`;
      return row.count;
    };
    const before = await tuples();
    await closureVersionsOfAllTenants(tx, [{ tenantId: tenant.id, dates: JANUARY }]);
    return (await tuples()) - before;
  });
  expect(read).toBe(1);
});

it('looks at a whole resource once, until it is another', async () => {
  const { tenant } = exampleClosures(db, directory);
  const resourceId = tenant.resource();
  const known = directory.resourceById.get(resourceId)!;
  let written = 0;
  const counted = (changes: Partial<typeof known>) => {
    const all = { ...known, ...changes };
    return Object.defineProperty(all, 'toJSON', { value: () => ((written += 1), { ...all }) });
  };
  const signature = async () => {
    const feed = { watched: [{ tenantId: tenant.id, resourceId }], dates: JANUARY };
    const [found] = await signaturesOf(tenant.as({ kind: 'anonymous' }), db, [feed, feed]);
    return found!.get(resourceId);
  };
  directory.resourceById.set(resourceId, counted({}));
  const before = await signature();
  expect([await signature(), await signature()]).toEqual([before, before]);
  expect(written).toBe(1);
  directory.resourceById.set(
    resourceId,
    counted({ scheduleOverrides: [{ ...JANUARY, name: null, ranges: [] }] }),
  );
  expect(await signature()).not.toBe(before);
  expect(written).toBe(2);
});
