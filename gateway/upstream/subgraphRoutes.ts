/** The addresses of a supergraph's subgraphs. */
import { EnvironmentError } from '@libs/runtime/env';
import { foreignNameProblems, foreignServiceUrlVariable, isServiceUrl } from '@libs/runtime/foreignSubgraphs';
import { serviceUrlVariable, SUBGRAPHS } from '@libs/runtime/subgraphs';

export type SubgraphRoute = {
  /** The address of its /graphql. */
  url: string;
  /** Whether it is not Vaga's: it gets no passport, since it could replay it to ours (docs/decisions/0027-foreign-subgraphs.md). */
  isForeign: boolean;
};
export type SubgraphRoutes = Readonly<Record<string, SubgraphRoute>>;

/**
 * The routes of `subgraphs`, as the supergraph names them. Vaga's are at `ownUrls`, since the addresses in the file are for development.
 * Others are at `foreignUrlOf`, else at the address in the file. Throws EnvironmentError with every problem.
 */
export function subgraphRoutes(
  subgraphs: readonly { name: string; url: string }[],
  ownUrls: Readonly<Record<string, string | undefined>>,
  foreignUrlOf: (name: string) => string | undefined,
): SubgraphRoutes {
  const isOwn = (name: string) => SUBGRAPHS.some((own) => own === name);
  const foreignNames = subgraphs.map(({ name }) => name).filter((name) => !isOwn(name));
  const problems = foreignNameProblems(foreignNames).map((problem) => `SUPERGRAPH_FILE: ${problem}`);
  const routes: Record<string, SubgraphRoute> = {};
  for (const name of SUBGRAPHS) {
    const url = ownUrls[name];
    if (!url) problems.push(`${serviceUrlVariable(name)}: the subgraph ${name} needs an address`);
    else if (subgraphs.some((one) => one.name === name)) routes[name] = { url, isForeign: false };
    else problems.push(`SUPERGRAPH_FILE: the supergraph lacks Vaga's subgraph ${name}`);
  }
  for (const { name, url } of subgraphs) {
    if (isOwn(name)) continue;
    const address = foreignUrlOf(name) ?? url;
    routes[name] = { url: address, isForeign: true };
    if (!isServiceUrl(address))
      problems.push(
        `${foreignServiceUrlVariable(name)}: the subgraph ${name} needs an address; the supergraph has none`,
      );
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return routes;
}
