/** Apollo's gateway over the composed supergraph: who answers what, asked through data sources of our own. */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { silenceApolloTelemetry } from '@libs/runtime/apolloTelemetry';
import { subgraphSource, type SubgraphSource } from './dataSource.ts';

/** Query plans are remembered within this much memory, in MiB. */
export const PLAN_CACHE_MIB = 50;

export type FederatedGateway = { gateway: ApolloGateway; close(): Promise<void> };

/** The supergraph that `npm run compose` writes. */
export const composedSupergraph = (): string =>
  readFileSync(new URL('./supergraph.graphql', import.meta.url), 'utf8');

/** `urls` are the subgraphs' addresses by name; those in the supergraph are only where they listen in development. */
export function federatedGateway(
  supergraphSdl: string,
  urls: Readonly<Record<string, string>>,
): FederatedGateway {
  silenceApolloTelemetry();
  const sources: SubgraphSource[] = [];
  const gateway = new ApolloGateway({
    supergraphSdl,
    experimental_approximateQueryPlanStoreMiB: PLAN_CACHE_MIB,
    buildService: ({ name, url }) => {
      const source = subgraphSource(urls[name] ?? url!);
      sources.push(source);
      return source;
    },
  });
  return { gateway, close: async () => void (await Promise.all(sources.map((source) => source.close()))) };
}
