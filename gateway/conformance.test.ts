/** The GraphQL over HTTP audits of the reference implementation. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallFederation, type SmallFederation } from './testing/smallFederation.ts';

let federation: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation();
});
afterAll(() => federation.close());

const audits = serverAudits({ url: () => federation.url });

it('runs more than fifty audits', () => {
  expect(audits.length).toBeGreaterThan(50);
});

it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
  const result = await audit.fn();
  // 'notice' and 'warn' concern optional behavior.
  expect(result.status === 'error' ? result.reason : result.status).toMatch(/^(ok|notice|warn)$/);
});
