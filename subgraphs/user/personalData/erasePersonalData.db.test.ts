import { connect } from '@libs/db/connect';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { refusalsOf, userFixtures } from '../user.fixtures.ts';
import { erasePersonalData } from './erasePersonalData.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'erasePersonalData.db.test' });
afterAll(db.close);
const { administratorOf, announced, as, callerOf, newTenant, newUser } = userFixtures(db, request);

test('announces the change to those who keep the user, as deleteUser does', async () => {
  const user = await newUser();
  expect(await erasePersonalData(as(await callerOf(user)), user.id)).toEqual({ ok: true, value: user.id });
  expect(announced).toEqual([user.id]);
});

test('announces nothing if it is refused', async () => {
  announced.length = 0;
  const admin = as(await administratorOf(newTenant().id));
  const { id } = await newUser();
  expect(refusalsOf(await erasePersonalData(admin, id))).toEqual([['NOT_FOUND', 'userId']]);
  expect(announced).toEqual([]);
});
