import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { describe, expect, it } from 'vitest';

const { sql } = await testDatabase('booking');

type Booking = { resource: string; start: string; end: string; status?: string };

const insert = ({ resource, start, end, status = 'PENDING' }: Booking) => sql`
  insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
  values (${newId()}, ${newId()}, ${resource}, ${newId()}, ${newId()}, ${`2027-01-06T${start}Z`}, ${`2027-01-06T${end}Z`}, ${status}, now(), now())`;

const overlaps = { code: '23P01', constraint_name: 'bookings_no_overlap' };

describe('bookings_no_overlap', () => {
  it.each(['PENDING', 'CONFIRMED', 'COMPLETED'])(
    'refuses an overlap with a %s booking, and allows adjacent ones',
    async (status) => {
      const resource = newId();
      await insert({ resource, start: '10:00', end: '11:00', status });
      await expect(insert({ resource, start: '10:59', end: '12:00' })).rejects.toMatchObject(overlaps);
      await insert({ resource, start: '11:00', end: '12:00' });
      await insert({ resource: newId(), start: '10:00', end: '11:00' });
    },
  );

  it.each(['REJECTED', 'CANCELLED', 'NO_SHOW'])('allows an overlap with a %s booking', async (status) => {
    const resource = newId();
    await insert({ resource, start: '10:00', end: '11:00', status });
    await insert({ resource, start: '10:00', end: '11:00' });
  });

  it('also holds for changes of resource and status', async () => {
    const [resource, other] = [newId(), newId()];
    await insert({ resource, start: '10:00', end: '11:00' });
    await insert({ resource: other, start: '10:00', end: '11:00' });
    await insert({ resource, start: '10:00', end: '11:00', status: 'CANCELLED' });
    await expect(
      sql`update bookings set resource_id = ${resource} where resource_id = ${other}`,
    ).rejects.toMatchObject(overlaps);
    await expect(
      sql`update bookings set status = 'CONFIRMED' where resource_id = ${resource} and status = 'CANCELLED'`,
    ).rejects.toMatchObject(overlaps);
  });
});

it('bookings_time refuses bookings of zero length and of more than 26 hours', async () => {
  const resource = newId();
  await expect(insert({ resource, start: '10:00', end: '10:00' })).rejects.toMatchObject({
    constraint_name: 'bookings_time',
  });
  await expect(
    sql`update bookings set end_time = start_time + interval '26 hours 1 second'`,
  ).rejects.toMatchObject({ constraint_name: 'bookings_time' });
});

describe('the exclusion constraint', () => {
  it('supports buffers, units and expiring bookings without being changed', async () => {
    const { sql: later, drop } = await testDatabase('booking');
    await later`alter table bookings alter column held drop expression`;
    await later`alter table bookings add column expires_at timestamptz`;
    const resource = newId();
    const occupy = (unit: number, from: string, to: string, expiresAt: string | null = null) => later`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at, unit, held, expires_at)
      values (${newId()}, ${newId()}, ${resource}, ${newId()}, ${newId()}, '2027-01-06T10:00Z', '2027-01-06T11:00Z', 'PENDING', now(), now(),
              ${unit}, tstzrange(${`2027-01-06T${from}Z`}::timestamptz, ${`2027-01-06T${to}Z`}::timestamptz), ${expiresAt}::timestamptz)`;
    await occupy(1, '09:45', '11:15');
    await expect(occupy(1, '11:00', '12:00')).rejects.toMatchObject(overlaps);
    await occupy(2, '11:00', '12:00', '2027-01-01T00:00Z');
    await expect(occupy(2, '11:00', '12:00')).rejects.toMatchObject(overlaps);
    await later`update bookings set held = null where expires_at < '2027-01-02T00:00Z'`;
    await occupy(2, '11:00', '12:00');
    await drop();
  });
});
