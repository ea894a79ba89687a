import { EnvironmentError, readEnv } from '@libs/runtime/env';
import { expect, test } from 'vitest';
import { mailServerOf, mailVariables } from './environment.ts';

const read = (variables: Record<string, string>) => mailServerOf(readEnv(mailVariables, variables));

test('without SMTP_URL there is no mail server', () => {
  expect(read({})).toBeUndefined();
  expect(read({ SMTP_URL: '', SMTP_FROM: 'a@b.example' })).toBeUndefined();
});

test('a mail server needs a sender address', () => {
  expect(() => read({ SMTP_URL: 'smtp://mail.example' })).toThrow(EnvironmentError);
  expect(read({ SMTP_URL: 'smtps://u:p@mail.example:465', SMTP_FROM: 'a@b.example' })).toEqual({
    url: 'smtps://u:p@mail.example:465',
    from: 'a@b.example',
  });
});

test.each(['http://mail.example', 'mail.example'])('%s is refused as a mail server', (SMTP_URL) => {
  expect(() => read({ SMTP_URL, SMTP_FROM: 'a@b.example' })).toThrow(/^(?!.*mail\.example)/);
});
