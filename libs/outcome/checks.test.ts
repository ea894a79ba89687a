import { expect, it } from 'vitest';
import { nameRefusals, textRefusals } from './checks.ts';

it.each(['', ' \t\n', '\u00a0', '\u200b', ' \u200b\u2060\ufeff ', '\u3164'])(
  'a name of nothing that is seen is empty (case %#)',
  (name) => {
    expect(nameRefusals(name, ['input', 'name'])).toMatchObject([{ key: 'shared.nameEmpty' }]);
    expect(textRefusals(name, ['input'], 'title')).toMatchObject([{ key: 'shared.textEmpty' }]);
  },
);

it.each(['Ana', 'می‌خواهم', '👩‍⚕️', '‏אנה', '123'])('%s is a name', (name) => {
  expect(nameRefusals(name, ['input', 'name'])).toEqual([]);
});
