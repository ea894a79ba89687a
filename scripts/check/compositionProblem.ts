import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import type { ASTNode, GraphQLError } from 'graphql';

/** Our subgraphs have many files, which compose as one text without lines of its own. */
function locationOf({ loc }: ASTNode): string[] {
  if (!loc) return [];
  const { source, startToken } = loc;
  if (SUBGRAPHS.some((own) => own === source.name)) return [`Vaga's subgraph ${source.name}`];
  return [`${source.name}:${startToken.line}:${startToken.column}`];
}

/** An error of composition as text: what is wrong, and where. */
export function compositionProblem({ message, nodes = [] }: GraphQLError): string {
  const locations = [...new Set(nodes.flatMap(locationOf))].map((location) => `\n    at ${location}`);
  return `  ${message.replaceAll('\n', '\n  ')}${locations.join('')}`;
}
