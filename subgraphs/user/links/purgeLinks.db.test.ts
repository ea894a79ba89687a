import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock, systemClock } from '@libs/time/clock';
import { afterAll, expect, test } from 'vitest';
import { userFixtures } from '../user.fixtures.ts';
import { linkFixtures } from './links.fixtures.ts';
import { purgeLinks } from './purgeLinks.ts';
import { requestLink } from './requestLink.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'purgeLinks.db.test' });
afterAll(db.close);
const { as, directory, newMember } = userFixtures(db, request);
const { deliver } = linkFixtures(db, directory);

const after = (given: { hours: number; minutes: number }) => systemClock.now().add(given);
const rowsOf = async () =>
  Promise.all(
    ['link_tokens', 'link_emails', 'link_requests'].map(
      async (table) => (await sql`select 1 from ${sql(table)}`).length,
    ),
  );

test('removes expired tokens, counts of the hour before, and requests that nothing could answer', async () => {
  const { input, tenant } = await newMember();
  await requestLink(as(), 'RESET_PASSWORD', input);
  await deliver();
  const later = after({ hours: 0, minutes: 30 });
  await requestLink({ ...as(), now: later }, 'VERIFY_EMAIL', input);
  await deliver(fixedClock(later.toString()));
  await sql`insert into link_requests (id, tenant_id, kind, email, trace_id, created_at)
            values (${newId()}, ${tenant.id}, 'RESET_PASSWORD', 'x@y.example', 't', now())`;
  expect(await rowsOf()).toEqual([2, 2, 1]);
  expect(await purgeLinks({ db, now: systemClock.now() })).toBe(false);
  expect(await rowsOf()).toEqual([2, 2, 1]);
  await purgeLinks({ db, now: after({ hours: 1, minutes: 10 }) });
  expect(await rowsOf()).toEqual([1, 2, 1]);
  await purgeLinks({ db, now: after({ hours: 23, minutes: 50 }) });
  expect(await rowsOf()).toEqual([1, 0, 1]);
  await purgeLinks({ db, now: after({ hours: 25, minutes: 0 }) });
  expect(await rowsOf()).toEqual([0, 0, 0]);
});
