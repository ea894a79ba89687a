/** What a run of tests and its files agree on. */
import { SUBGRAPHS } from '@libs/runtime/subgraphs';

/** What test files get by vitest's `inject('servers')`. */
export type TestServers = {
  /** Address of the server's own database, as its superuser. */
  postgresUrl: string;
  /** Address of database 0, which belongs to the run; a test file has one of its own. */
  redisUrl: string;
  /** Folder of this run, removed at its end; server processes started in it are found if they are left behind. */
  runDir: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    servers: TestServers;
  }
}

/** Template databases: one migrated for each subgraph, and one with nothing in it for tests of libs. */
export const TEMPLATES = [...SUBGRAPHS, 'empty'] as const;

export type TemplateName = (typeof TEMPLATES)[number];

export const templateName = (name: TemplateName): string => `template_${name}`;

/** What the name of every test file's database begins with. */
export const TEST_DATABASE_PREFIX = 'test_';

/** Databases of the run's Redis: one for the run, one for each test file that asks. */
export const REDIS_DATABASES = 512;
