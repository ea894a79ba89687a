/**
 * Entities of another subgraph, kept for MAX_ENTITY_AGE_MS after it was asked for them. Those in use are asked for again before that, many
 * at once and behind the answers, so that busy resources and users cost a request no call.
 *
 * A change acts at once if its announcement arrives (`directoryChanges.ts`), else within MAX_ENTITY_AGE_MS. Missing entities are not
 * kept: a new one is found at once.
 */
export const MAX_ENTITY_AGE_MS = 2_000;
/** An entity that is used at this age is asked for again. */
export const REFRESH_AGE_MS = 1_000;
/** Collects the entities to be asked for again. */
const REFRESH_DELAY_MS = 25;
const MAX_REFRESHED_AT_ONCE = 200;
/** The oldest is evicted; each takes about 1 KB. */
export const MAX_RECENT_ENTITIES = 20_000;

export type LoadEntities<T> = (ids: readonly string[]) => Promise<(T | undefined)[]>;

export type RecentEntities<T> = {
  load: LoadEntities<T>;
  /** Forgets the entity with this id, and those that depend on it. */
  forget(id: string): void;
  forgetAll(): void;
};

type Recent<T> = { entity: T; askedAtMs: number };

export function recentEntities<T>(
  load: LoadEntities<T>,
  /** Ids whose change changes the entity. */
  dependenciesOf: (entity: T) => readonly string[] = () => [],
  nowMs: () => number = () => performance.now(),
): RecentEntities<T> {
  const recent = new Map<string, Recent<T>>();
  const aging = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let forgottenAtMs = Number.NEGATIVE_INFINITY;

  async function ask(ids: readonly string[]): Promise<(T | undefined)[]> {
    const askedAtMs = nowMs();
    const entities = await load(ids);
    ids.forEach((id, index) => {
      const entity = entities[index];
      recent.delete(id);
      // What was asked for before a change may be what it was before.
      if (entity === undefined || askedAtMs <= forgottenAtMs) return;
      recent.set(id, { entity, askedAtMs });
      if (recent.size > MAX_RECENT_ENTITIES) recent.delete(recent.keys().next().value!);
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

  function recentOf(id: string): T | undefined {
    const known = recent.get(id);
    const ageMs = known ? nowMs() - known.askedAtMs : Number.POSITIVE_INFINITY;
    if (!known || ageMs >= MAX_ENTITY_AGE_MS) return undefined;
    if (ageMs >= REFRESH_AGE_MS) {
      aging.add(id);
      scheduleRefresh();
    }
    return known.entity;
  }

  return {
    async load(ids) {
      const known = ids.map(recentOf);
      const missing = ids.filter((_, index) => known[index] === undefined);
      if (missing.length === 0) return known;
      const asked = await ask(missing);
      return known.map((entity) => entity ?? asked.shift());
    },
    forget(id) {
      forgottenAtMs = nowMs();
      recent.delete(id);
      for (const [key, { entity }] of recent) if (dependenciesOf(entity).includes(id)) recent.delete(key);
    },
    forgetAll() {
      forgottenAtMs = nowMs();
      recent.clear();
    },
  };
}
