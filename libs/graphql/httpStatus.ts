/** Where an answer that nothing of was run says so by its HTTP status. */

/** Whether a client reads the status: whether it prefers application/graphql-response+json (GraphQL over HTTP §6.4). */
export function readsStatus(accept: string | undefined): boolean {
  const [json, graphql] = [
    accept?.indexOf('application/json') ?? -1,
    accept?.indexOf('application/graphql-response+json') ?? -1,
  ];
  return graphql >= 0 && (json < 0 || graphql < json);
}
