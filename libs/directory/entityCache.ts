/**
 * Entities of another subgraph, kept for MAX_CACHED_MS after it was asked for them. Those in use are asked for again before that, many
 * at once and behind the answers, so that busy resources and users cost a request no call.
 *
 * A change acts at once if its announcement arrives (`directoryChanges.ts`), else within MAX_CACHED_MS. Missing entities are not
 * kept: a new one is found at once.
 */
export const MAX_CACHED_MS = 2_000;
/** An entity that is used at this age is asked for again. */
export const REFRESH_AFTER_MS = 1_000;
/** Collects the entities to be asked for again. */
const REFRESH_DELAY_MS = 250;
const MAX_REFRESHED_AT_ONCE = 200;
/** The oldest is evicted; each takes about 1 KB. */
export const MAX_CACHED_ENTITIES = 20_000;

export type LoadEntities<T> = (ids: readonly string[]) => Promise<(T | undefined)[]>;

export type EntityCache<T> = {
  load: LoadEntities<T>;
  /** Drops the entity with this id, and those that depend on it. */
  invalidate(id: string): void;
  invalidateAll(): void;
};

type CachedEntity<T> = { entity: T; requestedAtMs: number };

export function entityCache<T>(
  load: LoadEntities<T>,
  /** Ids whose change changes the entity. */
  dependenciesOf: (entity: T) => readonly string[] = () => [],
  nowMs: () => number = () => performance.now(),
): EntityCache<T> {
  const cached = new Map<string, CachedEntity<T>>();
  const aging = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let invalidatedAtMs = Number.NEGATIVE_INFINITY;

  async function ask(ids: readonly string[]): Promise<(T | undefined)[]> {
    const requestedAtMs = nowMs();
    const entities = await load(ids);
    ids.forEach((id, index) => {
      const entity = entities[index];
      cached.delete(id);
      // What was asked for before a change may be what it was before.
      if (entity === undefined || requestedAtMs <= invalidatedAtMs) return;
      cached.set(id, { entity, requestedAtMs });
      if (cached.size > MAX_CACHED_ENTITIES) cached.delete(cached.keys().next().value!);
    });
    return entities;
  }

  /** Never rejects: what cannot be refreshed is asked for by the request that needs it. */
  async function refresh(): Promise<void> {
    timer = undefined;
    const ids = [...aging].slice(0, MAX_REFRESHED_AT_ONCE);
    for (const id of ids) aging.delete(id);
    if (aging.size > 0) scheduleRefresh();
    await ask(ids).catch(() => {});
  }

  function scheduleRefresh(): void {
    timer ??= setTimeout(() => void refresh(), REFRESH_DELAY_MS).unref();
  }

  function freshEntity(id: string): T | undefined {
    const known = cached.get(id);
    const ageMs = known ? nowMs() - known.requestedAtMs : Number.POSITIVE_INFINITY;
    if (!known || ageMs >= MAX_CACHED_MS) return undefined;
    if (ageMs >= REFRESH_AFTER_MS) {
      aging.add(id);
      scheduleRefresh();
    }
    return known.entity;
  }

  return {
    async load(ids) {
      const known = ids.map(freshEntity);
      const missing = ids.filter((_, index) => known[index] === undefined);
      if (missing.length === 0) return known;
      const found = await ask(missing);
      return known.map((entity) => entity ?? found.shift());
    },
    invalidate(id) {
      invalidatedAtMs = nowMs();
      cached.delete(id);
      for (const [key, { entity }] of cached) if (dependenciesOf(entity).includes(id)) cached.delete(key);
    },
    invalidateAll() {
      invalidatedAtMs = nowMs();
      cached.clear();
    },
  };
}
