import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tenantVariables } from './env.ts';
import { PLAN_LIMITS } from './tenants/planLimits.ts';

describe('PLAN_LIMITS', () => {
  const parse = (text?: string) => z.object(tenantVariables).safeParse({ PLAN_LIMITS: text });

  test('replaces the named limits of the named plans', () => {
    expect(parse().data).toMatchObject({ PLAN_LIMITS });
    expect(parse('{"BASIC":{"users":9}}').data!.PLAN_LIMITS).toEqual({
      ...PLAN_LIMITS,
      BASIC: { ...PLAN_LIMITS.BASIC, users: 9 },
    });
  });

  test.each([
    '{',
    '[]',
    '{"FREE":{}}',
    '{"BASIC":{"rooms":1}}',
    '{"BASIC":{"users":-1}}',
    '{"BASIC":{"apiKeys":51}}',
  ])('refuses %s', (text) => expect(parse(text).success).toBe(false));
});
