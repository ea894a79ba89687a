import { describe, expect, it } from 'vitest';
import { readable } from './logLines.ts';

const line = (entry: object): string => JSON.stringify({ time: '2026-11-24T12:00:00.000Z', ...entry });

describe('readable', () => {
  it('shows entries from the requested level on, each as one sentence', () => {
    const warning = line({
      level: 40,
      msg: 'relay waits',
      err: { message: 'no connection', stack: 'Error: …' },
    });
    expect(readable('booking', warning, 'warn')).toBe('[booking] warn: relay waits (no connection)');
    expect(readable('booking', warning, 'error')).toBeUndefined();
    expect(readable('booking', line({ level: 20, msg: 'x' }), 'debug')).toBe('[booking] debug: x');
  });

  it("shows an error's stack and trace id", () => {
    const error = line({
      level: 50,
      msg: 'failed',
      err: { message: 'boom', stack: 'Error: boom\n  at f' },
      traceId: 'a1',
    });
    expect(readable('user', error, 'warn')).toBe('[user] error: failed (Error: boom\n  at f) [trace a1]');
  });

  it('shows a line that is no log entry unchanged, and skips an empty line', () => {
    expect(readable('user', 'SyntaxError: Unexpected token', 'warn')).toBe(
      '[user] SyntaxError: Unexpected token',
    );
    expect(readable('user', '{"half":', 'warn')).toBe('[user] {"half":');
    expect(readable('user', '', 'warn')).toBeUndefined();
  });

  it('treats an unknown level as warn', () => {
    expect(readable('user', line({ level: 30, msg: 'x' }), 'loud')).toBeUndefined();
  });
});

it('an e-mail that is not sent is shown, so that its link can be opened', () => {
  const kept = line({
    level: 30,
    msg: 'a notification is kept',
    to: 'ana@fit.example',
    subject: 'Nova senha',
    text: 'Olá, Ana.\n\nhttps://fit.example/?token=x\n',
  });
  expect(readable('user', kept, 'info')!.split('\n')).toEqual([
    '[user] info: a notification is kept',
    '    To: ana@fit.example',
    '    Subject: Nova senha',
    '',
    '    Olá, Ana.',
    '',
    '    https://fit.example/?token=x',
  ]);
});

it('a request and an event are shown with what they were, how they ended, and how long they took', () => {
  const request = {
    level: 30,
    msg: 'request',
    operation: 'Mine',
    outcome: 'refused',
    codes: ['FORBIDDEN'],
    ms: 12.5,
    caller: 'user',
  };
  expect(readable('gateway', JSON.stringify(request), 'info')).toBe(
    '[gateway] info: request: Mine refused FORBIDDEN 12.5 ms user',
  );
  const event = { level: 30, msg: 'event consumed', group: 'audit', event: 'booking.created', ms: 3 };
  expect(readable('tenant', JSON.stringify(event), 'info')).toBe(
    '[tenant] info: event consumed: booking.created 3 ms',
  );
});
