import { readFileSync } from 'node:fs';
import { LIMITED_KINDS } from '@libs/outcome/tenantLimits';
import { parse, type FieldDefinitionNode, type InputValueDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { changedLimits, limitsOf, MAX_LIMITS, ownLimitRefusals, PLAN_LIMITS } from './planLimits.ts';

describe('a tenant’s limits', () => {
  test('are its plan’s, but for those that the platform has set', () => {
    expect(limitsOf({ plan: 'BASIC', limits: {} }, PLAN_LIMITS)).toEqual(PLAN_LIMITS.BASIC);
    expect(limitsOf({ plan: 'ENTERPRISE', limits: { users: 0 } }, PLAN_LIMITS)).toEqual({
      ...PLAN_LIMITS.ENTERPRISE,
      users: 0,
    });
  });

  test('keep what a change does not name, and return to the plan’s by null', () => {
    const own = { users: 5, resources: 7 };
    expect(changedLimits(own, undefined)).toEqual(own);
    expect(changedLimits(own, {})).toEqual(own);
    expect(changedLimits(own, { users: null, webhooks: 0 })).toEqual({ resources: 7, webhooks: 0 });
    expect(changedLimits(own, null)).toEqual({});
  });

  test.each([
    ['resources', 1_000_000],
    ['users', 10_000_000],
    ['webhooks', 100],
    ['apiKeys', 50],
    ['categories', 100_000],
  ] as const)('of %s go from 0 to %i', (kind, max) => {
    expect(ownLimitRefusals({ [kind]: 0 })).toEqual([]);
    expect(ownLimitRefusals({ [kind]: max })).toEqual([]);
    for (const limit of [-1, max + 1]) {
      expect(ownLimitRefusals({ [kind]: limit })).toMatchObject([
        { code: 'INVALID', field: ['input', 'limits', kind], params: { min: 0, max } },
      ]);
    }
  });
});

describe('the descriptions of the contract name the numbers of', () => {
  const { definitions } = parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
  const descriptionIn = (type: string, name: string): string =>
    definitions
      .flatMap((one) => ('fields' in one && one.name.value === type ? [...one.fields!] : []))
      .find((field: FieldDefinitionNode | InputValueDefinitionNode) => field.name.value === name)!
      .description!.value;
  const numberIn = (text: string): number => Number(text.replaceAll(',', ''));

  test.each(LIMITED_KINDS)('the plans, for %s', (kind) => {
    const named = [...descriptionIn('TenantLimits', kind).matchAll(/([A-Z]{3,}): ([\d,]*\d)/g)];
    expect(Object.fromEntries(named.map(([, plan, limit]) => [plan, numberIn(limit!)]))).toEqual(
      Object.fromEntries(Object.entries(PLAN_LIMITS).map(([plan, limits]) => [plan, limits[kind]])),
    );
  });

  test.each(LIMITED_KINDS)('what the platform may set, for %s', (kind) => {
    const [, min, max] = / ([\d,]+) to ([\d,]+)\.$/.exec(descriptionIn('TenantLimitsInput', kind))!;
    expect([numberIn(min!), numberIn(max!)]).toEqual([0, MAX_LIMITS[kind]]);
  });
});
