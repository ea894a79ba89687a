/** GraphQL over HTTP: the audits of the reference implementation, against the gateway as it is served. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallFederation, type SmallFederation } from './testing/smallFederation.ts';

let federation: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation();
});
afterAll(() => federation.close());

const audits = serverAudits({ url: () => federation.url });

it('has the audits to run', () => {
  expect(audits.length).toBeGreaterThan(50);
});

it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
  const result = await audit.fn();
  // 'notice' and 'warn' are about what the specification leaves open or recommends.
  expect(result.status === 'error' ? result.reason : result.status).toMatch(/^(ok|notice|warn)$/);
});
