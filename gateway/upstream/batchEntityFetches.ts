import type { SubgraphSource } from './dataSource.ts';
import { COUNTED_FIELD, type EntityAnswer } from './representations.ts';

type Process = SubgraphSource['process'];
type Options = Parameters<Process>[0];
type Fetch = {
  options: Options;
  representations: unknown[];
  resolve: (answer: EntityAnswer) => void;
  reject: (error: unknown) => void;
};

/** The query without the name that the planner gives each fetch of a named operation. */
const anonymous = ({ query = '' }: Options['request']): string => query.replace(/^query \w+/, 'query');

const batchKey = (request: Options['request']): string =>
  JSON.stringify([anonymous(request), { ...request.variables, representations: undefined }]);

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
 * Batches the entity fetches of one execution or of concurrent ones: those that differ only in their representations are sent as one,
 * once all wait (`setImmediate`).
 */
export function batchedEntityFetches(source: SubgraphSource): { process: Process } {
  const groups = new Map<string, Fetch[]>();

  async function send(fetches: Fetch[]): Promise<void> {
    const [first] = fetches;
    try {
      const representations = fetches.flatMap((fetch) => fetch.representations);
      const { request } = first!.options;
      const answer = await source.process({
        ...first!.options,
        request: {
          ...request,
          query: anonymous(request),
          operationName: undefined,
          variables: { ...request.variables, representations },
        },
      });
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
      // Each fetch of availability has its share of the request's slots.
      if (!Array.isArray(representations) || COUNTED_FIELD.test(options.request.query ?? ''))
        return source.process(options);
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

/** Batches within each request, whose fetches share a context. */
export function batchedWithinRequests(source: SubgraphSource): SubgraphSource {
  const batches = new WeakMap<object, { process: Process }>();
  return {
    ...source,
    process(options) {
      const { context } = options;
      const batch = batches.get(context) ?? batchedEntityFetches(source);
      batches.set(context, batch);
      return batch.process(options);
    },
  };
}
