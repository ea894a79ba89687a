import { expect, it } from 'vitest';
import { createLog } from './log.ts';

const SESSION = '0190b2c4-0000-7000-8000-000000000002';

/** A log, and what it has written. */
function captured() {
  const lines: string[] = [];
  const log = createLog('test', 'trace', { write: (line) => void lines.push(line) });
  return { log, text: () => lines.join('') };
}

/** As drizzle and postgres make them. */
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

it('writes of a failed statement what it was and why it failed, and none of its values', () => {
  const { log, text } = captured();
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

it('writes no secret and no session id that stands in an object', () => {
  const { log, text } = captured();
  log.info({ sessionId: SESSION, caller: { kind: 'user', sessionId: SESSION, passport: SESSION } }, 'seen');
  expect(text()).toContain('"kind":"user"');
  expect(text()).not.toContain(SESSION);
});
