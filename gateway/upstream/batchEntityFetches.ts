import type { SubgraphSource } from './dataSource.ts';
import type { EntityAnswer } from './representations.ts';

type Process = SubgraphSource['process'];
type Options = Parameters<Process>[0];
type Answer = Awaited<ReturnType<Process>>;
type Fetch = {
  options: Options;
  representations: unknown[];
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

const batchKey = ({ query, operationName, variables }: Options['request']): string =>
  JSON.stringify([query, operationName, { ...variables, representations: undefined }]);

function sliceAnswer({ data, errors }: EntityAnswer, from: number, count: number): EntityAnswer {
  const entities = data?.['_entities'];
  const ownErrors = errors?.flatMap((error) => {
    const [root, index, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof index !== 'number') return [error];
    if (index < from || index >= from + count) return [];
    return [Object.assign(Object.create(error) as typeof error, { path: [root, index - from, ...rest] })];
  });
  return {
    data: Array.isArray(entities) ? { ...data, _entities: entities.slice(from, from + count) } : data,
    ...(ownErrors?.length ? { errors: ownErrors } : {}),
  };
}

/**
 * Batches the entity fetches of concurrent executions: those that differ only in their representations are sent as one, once all
 * executions wait (`setImmediate`).
 */
export function batchedEntityFetches(source: SubgraphSource): { process: Process } {
  const groups = new Map<string, Fetch[]>();

  async function send(fetches: Fetch[]): Promise<void> {
    const [first] = fetches;
    try {
      const representations = fetches.flatMap((fetch) => fetch.representations);
      const { request } = first!.options;
      const answer = (await source.process({
        ...first!.options,
        request: { ...request, variables: { ...request.variables, representations } },
      })) as EntityAnswer;
      let from = 0;
      for (const fetch of fetches) {
        fetch.resolve(sliceAnswer(answer, from, fetch.representations.length));
        from += fetch.representations.length;
      }
    } catch (error) {
      for (const fetch of fetches) fetch.reject(error);
    }
  }

  return {
    process(options) {
      const representations = options.request.variables?.['representations'];
      if (!Array.isArray(representations)) return source.process(options);
      const key = batchKey(options.request);
      return new Promise((resolve, reject) => {
        const fetch = { options, representations, resolve, reject };
        const group = groups.get(key);
        if (group) return void group.push(fetch);
        groups.set(key, [fetch]);
        setImmediate(() => {
          const fetches = groups.get(key)!;
          groups.delete(key);
          void send(fetches);
        });
      });
    },
  };
}
