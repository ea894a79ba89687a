import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Caller } from '@libs/auth/caller';
import { ALL_PERMISSIONS } from '@libs/auth/caller';
import { LANGUAGES, message } from '@libs/outcome/messages';
import {
  BOOKING_STATUSES,
  canCancel,
  canFollow,
  cancelRefusal,
  firstStatus,
  OCCUPYING_STATUSES,
  occupiesResource,
  isFinal,
  moveRefusal,
  statusWord,
  transitionRefusal,
  type Cancellable,
} from './status.ts';

const TENANT = 'tenant-a' as Extract<Caller, { kind: 'user' }>['tenantId'];
const NOON = Temporal.Instant.from('2027-01-06T12:00:00Z');
const user = (userId: string, more: Partial<Extract<Caller, { kind: 'user' }>> = {}): Caller => ({
  kind: 'user',
  userId,
  tenantId: TENANT,
  userType: 'USER',
  permissions: { ...ALL_PERMISSIONS, canManageBookings: false },
  sessionId: 's',
  ...more,
});

describe('the state machine of a booking', () => {
  it('has these transitions and no others', () => {
    const steps = BOOKING_STATUSES.flatMap((from) =>
      BOOKING_STATUSES.filter((to) => canFollow(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(steps).toEqual([
      'PENDING -> CONFIRMED',
      'PENDING -> REJECTED',
      'PENDING -> CANCELLED',
      'CONFIRMED -> CANCELLED',
      'CONFIRMED -> COMPLETED',
      'CONFIRMED -> NO_SHOW',
    ]);
  });
  it('ends at rejected, cancelled, completed and no-show', () => {
    expect(BOOKING_STATUSES.filter(isFinal)).toEqual(['REJECTED', 'CANCELLED', 'COMPLETED', 'NO_SHOW']);
  });
  it('occupies the resource while pending, confirmed and completed', () => {
    expect(BOOKING_STATUSES.filter(occupiesResource)).toEqual(['PENDING', 'CONFIRMED', 'COMPLETED']);
    expect(OCCUPYING_STATUSES).toEqual(['PENDING', 'CONFIRMED', 'COMPLETED']);
  });
  it('starts as the tenant’s autoConfirm says', () => {
    expect(firstStatus({ autoConfirm: true })).toBe('CONFIRMED');
    expect(firstStatus({ autoConfirm: false })).toBe('PENDING');
  });
  it.each(['COMPLETED', 'NO_SHOW'] as const)('reaches %s only once the booking has begun', (to) => {
    const booking = { status: 'CONFIRMED', startTime: NOON } as const;
    const [before, at] = [NOON.subtract({ milliseconds: 1 }), NOON];
    expect(transitionRefusal(booking, to, before)).toMatchObject({
      code: 'INVALID_TRANSITION',
      key: 'booking.notBegunYet',
    });
    expect(transitionRefusal(booking, to, at)).toBeUndefined();
    // What the status forbids anyway is reported as such.
    expect(transitionRefusal({ ...booking, status: 'PENDING' }, to, before)?.key).toBe(
      'booking.statusCannotFollow',
    );
  });
  it.each(LANGUAGES)('names the refused transition in %s', (language) => {
    const refusal = transitionRefusal({ status: 'REJECTED', startTime: NOON }, 'CONFIRMED', NOON)!;
    expect(refusal.code).toBe('INVALID_TRANSITION');
    const words = { 'pt-BR': /“recusada”.*“confirmada”/, en: /“rejected”.*“confirmed”/ };
    expect(message(refusal.key, language, refusal.params)).toMatch(words[language]);
    expect(transitionRefusal({ status: 'PENDING', startTime: NOON }, 'CONFIRMED', NOON)).toBeUndefined();
  });
  it.each(LANGUAGES)('has a distinct word for each status in %s', (language) => {
    const words = BOOKING_STATUSES.map((status) => message(statusWord(status).word, language));
    expect(new Set(words).size).toBe(BOOKING_STATUSES.length);
    for (const word of words) expect(word).toMatch(/^[a-zãí -]+$/);
  });
});

describe('the cancellation window', () => {
  const booking: Cancellable = {
    tenantId: TENANT,
    userId: 'maker',
    clientId: 'client',
    status: 'CONFIRMED',
    startTime: Temporal.Instant.from('2027-01-10T12:00:00Z'),
  };
  const at = (now: string, cancellationHours = 24) => ({
    now: Temporal.Instant.from(now),
    rules: { cancellationHours },
  });
  const inTime = at('2027-01-09T11:59:59.999Z');
  const late = at('2027-01-09T12:00:00Z');
  const admin = user('boss', { userType: 'ADMIN' });
  const clerk = user('clerk', { permissions: { ...ALL_PERMISSIONS, canManageBookings: true } });

  it('closes for the user exactly cancellationHours before the start', () => {
    expect(cancelRefusal(booking, inTime, user('maker'))).toBeUndefined();
    expect(cancelRefusal(booking, late, user('maker'))?.code).toBe('CANCELLATION_WINDOW_CLOSED');
  });
  it('of 0 hours closes at the start', () => {
    expect(cancelRefusal(booking, at('2027-01-10T11:59:59.999Z', 0), user('maker'))).toBeUndefined();
    const refusal = cancelRefusal(booking, at('2027-01-10T12:00:00Z', 0), user('maker'));
    expect(refusal?.key).toBe('booking.cannotCancelOnceStarted');
  });
  it('never closes for callers who manage bookings', () => {
    for (const caller of [admin, clerk, { kind: 'platform', userId: 'p', sessionId: 's' } as const]) {
      expect(canCancel(booking, at('2027-02-01T00:00:00Z'), caller)).toBe(true);
    }
  });
  it('is open only to the user, the client, and callers who manage the tenant’s bookings', () => {
    const may = (caller: Caller) => canCancel(booking, inTime, caller);
    expect([user('maker'), user('client'), clerk, admin].map(may)).toEqual([true, true, true, true]);
    const elsewhere = 'tenant-b' as typeof TENANT;
    const strangers: Caller[] = [
      user('other'),
      user('maker', { tenantId: elsewhere }),
      user('boss', { userType: 'ADMIN', tenantId: elsewhere }),
      { kind: 'anonymous' },
      { kind: 'service', name: 'gateway' },
    ];
    expect(strangers.map(may)).toEqual(strangers.map(() => false));
  });
  it('closes for moves as well, with a message about the move', () => {
    expect(moveRefusal(booking, inTime, user('maker'))).toBeUndefined();
    expect(moveRefusal(booking, late, user('client'))).toMatchObject({
      code: 'CANCELLATION_WINDOW_CLOSED',
      key: 'booking.moveWindowClosed',
      field: ['input', 'id'],
    });
    const started = at('2027-01-10T12:00:00Z', 0);
    expect(moveRefusal(booking, started, user('maker'))?.key).toBe('booking.cannotMoveOnceStarted');
    expect([admin, clerk].map((caller) => moveRefusal(booking, started, caller))).toEqual([
      undefined,
      undefined,
    ]);
  });
  it('does not apply to a final status, which even administrators cannot cancel', () => {
    for (const status of BOOKING_STATUSES.filter(isFinal)) {
      expect(cancelRefusal({ ...booking, status }, inTime, admin)?.code).toBe('INVALID_TRANSITION');
      expect(canCancel({ ...booking, status }, inTime, admin)).toBe(false);
    }
    expect(canCancel({ ...booking, status: 'PENDING' }, inTime, user('maker'))).toBe(true);
  });
});
