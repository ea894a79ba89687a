import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { ANONYMOUS } from '@libs/auth/caller';
import { parse, type OperationDefinitionNode } from 'graphql';
import { expect, it } from 'vitest';
import type { GatewayContext } from './context.ts';
import { cachePublicAnswers } from './publicAnswers.ts';

/** The Cache-Control of an answer to a GET without a session. */
async function cacheControlOf(singleResult: object): Promise<string | undefined> {
  const document = parse('{ resources(tenantId: "t") { nodes { name } } }');
  const headers = new HeaderMap();
  const request = {
    request: { http: { method: 'GET' } },
    response: { http: { headers }, body: { kind: 'single', singleResult } },
    document,
    operation: document.definitions[0] as OperationDefinitionNode,
    contextValue: { caller: ANONYMOUS },
  } as unknown as GraphQLRequestContextWillSendResponse<GatewayContext>;
  const listener = await cachePublicAnswers.requestDidStart!(request as never);
  await listener!.willSendResponse!(request);
  return headers.get('cache-control');
}

it('keeps public answers, but none with an error, whatever added it', async () => {
  expect(await cacheControlOf({ data: { resources: { nodes: [] } } })).toBe('public, max-age=30');
  expect(await cacheControlOf({ data: null, errors: [{ message: 'Internal error.' }] })).toBeUndefined();
});
