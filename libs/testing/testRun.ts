import { SUBGRAPHS } from '@libs/runtime/subgraphs';

/** Provided to test files by vitest's `inject('servers')`. */
export type TestServers = {
  /** As the superuser. */
  postgresUrl: string;
  /** The address of database 0, which belongs to the run. */
  redisUrl: string;
  /** Removed after the run. */
  runDir: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    servers: TestServers;
  }
}

/** Template databases: a migrated one per subgraph, and an empty one. */
export const TEMPLATES = [...SUBGRAPHS, 'empty'] as const;

export type TemplateName = (typeof TEMPLATES)[number];

export const templateName = (name: TemplateName): string => `template_${name}`;

export const TEST_DATABASE_PREFIX = 'test_';

/** Databases of the run's Redis. */
export const REDIS_DATABASES = 512;
