/** Environment variables, gateway routes, laws, code generation, tests and the check of docker-compose.yml derive from this list. */
export const SUBGRAPHS = ['tenant', 'user', 'resource', 'booking'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

export const PROCESSES = [...SUBGRAPHS, 'gateway'] as const;
export type ProcessName = (typeof PROCESSES)[number];

const GATEWAY_PORT = 4000;

/** The subgraphs' ports follow the gateway's. */
export const developmentPort = (name: ProcessName): number =>
  name === 'gateway' ? GATEWAY_PORT : GATEWAY_PORT + 1 + SUBGRAPHS.indexOf(name);

const upper = <Name extends string>(name: Name) => name.toUpperCase() as Uppercase<Name>;

/** `TENANT_PORT`, `TENANT_METRICS_PORT`, `TENANT_SERVICE_URL`, `TENANT_DATABASE_URL`, `POSTGRES_HOST_TENANT`, `POSTGRES_DB_TENANT`. */
export const portVariable = <Name extends ProcessName>(name: Name) => `${upper(name)}_PORT` as const;
export const metricsPortVariable = <Name extends ProcessName>(name: Name) =>
  `${upper(name)}_METRICS_PORT` as const;
export const serviceUrlVariable = <Name extends SubgraphName>(name: Name) =>
  `${upper(name)}_SERVICE_URL` as const;
export const databaseUrlVariable = <Name extends SubgraphName>(name: Name) =>
  `${upper(name)}_DATABASE_URL` as const;
export const databaseHostVariable = <Name extends SubgraphName>(name: Name) =>
  `POSTGRES_HOST_${upper(name)}` as const;
export const databaseNameVariable = <Name extends SubgraphName>(name: Name) =>
  `POSTGRES_DB_${upper(name)}` as const;

export function forEachSubgraph<Key extends string, Value>(
  keyOf: (name: SubgraphName) => Key,
  valueOf: (name: SubgraphName) => Value,
): Record<Key, Value> {
  return Object.fromEntries(SUBGRAPHS.map((name) => [keyOf(name), valueOf(name)])) as Record<Key, Value>;
}
