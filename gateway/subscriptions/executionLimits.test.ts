import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { newTenantId, userOf } from '@libs/testing/contexts';
import type { ApiError } from '@libs/outcome/apiErrors';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GatewayContext } from '../context.ts';
import { MAX_EXECUTIONS_PER_CLIENT, MAX_EXECUTIONS_PER_GROUP } from './executionLimits.ts';
import type { ParsedSubscription } from './parseSubscription.ts';
import { join, sharedExecutions, type ExecutionMember, type SharedExecutions } from './sharedExecutions.ts';

const CLIENTS_PER_GROUP = MAX_EXECUTIONS_PER_GROUP / MAX_EXECUTIONS_PER_CLIENT;

let executions: SharedExecutions;
let count = 0;
beforeEach(() => {
  executions = sharedExecutions();
});

const contextOf = (caller: Caller, ip = '192.0.2.1') => ({ caller, ip }) as GatewayContext;

/** A client follows the group `key`, as the hub has it. */
function follow(context: GatewayContext, key = `${(count += 1)}`) {
  const group = executions.groupOf(key);
  const subscription = { key, after: undefined, beginsWithState: false } as ParsedSubscription;
  const execution = group.main ?? executions.start(group, subscription, context);
  const member = { context, execution } as ExecutionMember;
  join(execution, member);
  return { leave: () => executions.leave(group, member) };
}

function codeOf(context: GatewayContext): string | undefined {
  try {
    follow(context).leave();
    return undefined;
  } catch (error) {
    return (error as ApiError).code;
  }
}

const fill = (context: GatewayContext) =>
  Array.from({ length: MAX_EXECUTIONS_PER_CLIENT }, () => follow(context));

describe('a client', () => {
  it.each([
    ['a network without a session', contextOf(ANONYMOUS), contextOf(ANONYMOUS, '192.0.2.2')],
    ['a user', contextOf(userOf(newTenantId())), contextOf(userOf(newTenantId()))],
  ])('has a limit of different subscriptions of its own: %s', (_name, context, other) => {
    const [first] = fill(context);
    expect(codeOf(context)).toBe('RATE_LIMITED');
    expect(codeOf(other)).toBeUndefined();
    first!.leave();
    expect(codeOf(context)).toBeUndefined();
  });

  it('shares equal subscriptions, which count once', () => {
    const context = contextOf(ANONYMOUS);
    for (let copies = 0; copies < 2 * MAX_EXECUTIONS_PER_CLIENT; copies += 1) follow(context, 'same');
    expect(codeOf(context)).toBeUndefined();
  });

  it('is counted for what it shares once the client that began it has left', () => {
    const [starter, other] = [contextOf(ANONYMOUS), contextOf(ANONYMOUS, '192.0.2.2')];
    for (let started = 0; started < MAX_EXECUTIONS_PER_CLIENT; started += 1) {
      const first = follow(starter, `shared ${started}`);
      follow(other, `shared ${started}`);
      first.leave();
    }
    expect(codeOf(starter)).toBeUndefined();
    expect(codeOf(other)).toBe('RATE_LIMITED');
  });
});

describe('many clients', () => {
  it('without a session leave half of all executions to the others', () => {
    for (let network = 0; network < CLIENTS_PER_GROUP; network += 1)
      fill(contextOf(ANONYMOUS, `198.51.100.${network}`));
    expect(codeOf(contextOf(ANONYMOUS))).toBe('SERVICE_UNAVAILABLE');
    expect(codeOf(contextOf(userOf(newTenantId())))).toBeUndefined();
  });

  it('of one tenant leave half of all executions to others', () => {
    const tenantId = newTenantId();
    for (let users = 0; users < CLIENTS_PER_GROUP; users += 1) fill(contextOf(userOf(tenantId)));
    expect(codeOf(contextOf(userOf(tenantId)))).toBe('RATE_LIMITED');
    expect(codeOf(contextOf(ANONYMOUS))).toBeUndefined();
    expect(codeOf(contextOf(userOf(newTenantId())))).toBeUndefined();
  });

  it('together have a limit', () => {
    for (let group = 0; group < 2; group += 1) {
      const tenantId = newTenantId();
      for (let users = 0; users < CLIENTS_PER_GROUP; users += 1) fill(contextOf(userOf(tenantId)));
    }
    expect(codeOf(contextOf(ANONYMOUS))).toBe('SERVICE_UNAVAILABLE');
  });
});
