/** docs/webhooks.md names every field that a booking's events have. */
import { readFileSync } from 'node:fs';
import { bookingPayload } from '@libs/testing/eventFixtures';
import { expect, it } from 'vitest';

const guide = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const fields = Object.keys(bookingPayload());

it('has an example with all fields', () => {
  const example = JSON.parse(/^\{"event":"booking\.created".*$/m.exec(guide)![0]) as { data: object };
  expect(Object.keys(example.data).toSorted()).toEqual(fields.toSorted());
});

it.each(fields)('says what %s is', (field) => {
  expect(/^\| `booking\.created` .*$/m.exec(guide)![0]).toContain(`\`${field}\``);
});
