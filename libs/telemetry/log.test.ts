import { expect, it } from 'vitest';
import { createLog } from './log.ts';

const SESSION = '0190b2c4-0000-7000-8000-000000000002';

/** A log that keeps its output. */
function capturingLog() {
  const lines: string[] = [];
  const log = createLog('test', 'trace', { write: (line) => void lines.push(line) });
  return { log, text: () => lines.join('') };
}

/** Shaped like the errors of drizzle and postgres. */
function failedQuery() {
  const cause = Object.assign(new Error('duplicate key value violates unique constraint'), {
    code: '23505',
    detail: `Key (id)=(${SESSION}) already exists.`,
    where: `unnamed portal parameter $1 = '${SESSION}'`,
  });
  const params = [SESSION, 'two\nlines'];
  const message = `Failed query: select 1 where id = $1\nparams: ${String(params)}`;
  return Object.assign(new Error(message, { cause }), { query: 'select 1 where id = $1', params });
}

it('logs a failed statement and its cause without any of its values', () => {
  const { log, text } = capturingLog();
  log.error({ err: failedQuery() }, 'internal error');
  log.error({ err: new Error('outer', { cause: failedQuery() }) }, 'unavailable');
  log.error({ err: failedQuery().cause }, 'unavailable');
  expect(text()).toContain('Failed query: select 1 where id = $1');
  expect(text()).toContain('duplicate key value violates unique constraint');
  expect(text()).toContain('23505');
  expect(text()).toContain('log.test.ts');
  expect(text()).not.toContain(SESSION);
  expect(text()).not.toContain('lines');
});

it('redacts secrets and session ids in logged objects', () => {
  const { log, text } = capturingLog();
  log.info({ sessionId: SESSION, caller: { kind: 'user', sessionId: SESSION, passport: SESSION } }, 'seen');
  log.info(
    { email: SESSION, apiKey: SESSION, booking: { notes: SESSION }, headers: { cookie: SESSION } },
    'seen',
  );
  expect(text()).toContain('"kind":"user"');
  expect(text()).not.toContain(SESSION);
});
