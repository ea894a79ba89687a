/** Whether a client prefers application/graphql-response+json, and so reads HTTP statuses (GraphQL over HTTP §6.4). */
export function readsStatus(accept: string | undefined): boolean {
  const [json, graphql] = [
    accept?.indexOf('application/json') ?? -1,
    accept?.indexOf('application/graphql-response+json') ?? -1,
  ];
  return graphql >= 0 && (json < 0 || graphql < json);
}
