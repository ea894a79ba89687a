import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_CACHED_MS, MAX_CACHED_ENTITIES, entityCache, REFRESH_AFTER_MS } from './entityCache.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => void vi.useRealTimers());

const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);

type Room = { name: string; category: string };

/** The other subgraph has `rooms`; `questions` are the ids of each call. */
function setup() {
  const rooms = new Map<string, Room>([['a', { name: 'A', category: 'x' }]]);
  const questions: string[][] = [];
  const state = { isAway: false, latencyMs: 0 };
  const load = async (ids: readonly string[]) => {
    questions.push([...ids]);
    if (state.isAway) throw new Error('away');
    const answer = ids.map((id) => rooms.get(id));
    if (state.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, state.latencyMs));
    return answer;
  };
  const cache = entityCache(load, (room: Room) => [room.category]);
  const nameOf = async (id: string) => (await cache.load([id]))[0]?.name;
  return { rooms, questions, state, cache, nameOf };
}

describe('an entity', () => {
  it('is asked for once, and again when it is too old', async () => {
    const { rooms, questions, nameOf } = setup();
    await nameOf('a');
    rooms.set('a', { name: 'B', category: 'x' });
    await advance(REFRESH_AFTER_MS - 1);
    expect(await nameOf('a')).toBe('A');
    await advance(MAX_CACHED_MS - REFRESH_AFTER_MS + 1);
    expect(await nameOf('a')).toBe('B');
    expect(questions).toEqual([['a'], ['a']]);
  });

  it('in use is refreshed behind the answers, with the others', async () => {
    const { rooms, questions, nameOf } = setup();
    rooms.set('b', { name: 'B', category: 'x' });
    await Promise.all([nameOf('a'), nameOf('b')]);
    questions.length = 0;
    for (let elapsedMs = 0; elapsedMs < 10 * MAX_CACHED_MS; elapsedMs += 100) {
      await advance(100);
      expect([await nameOf('a'), await nameOf('b')]).toEqual(['A', 'B']);
    }
    expect(new Set(questions.map((ids) => ids.toSorted().join()))).toEqual(new Set(['a,b']));
  });

  it('is never served longer than MAX_CACHED_MS after it was asked for, though the subgraph is away', async () => {
    const { state, nameOf } = setup();
    state.latencyMs = 500;
    const answer = nameOf('a');
    await advance(500);
    expect(await answer).toBe('A');
    state.isAway = true;
    await advance(MAX_CACHED_MS - 501);
    expect(await nameOf('a')).toBe('A');
    await advance(1);
    await expect(nameOf('a')).rejects.toThrow('away');
  });

  it('that is missing is asked for every time', async () => {
    const { rooms, nameOf } = setup();
    expect(await nameOf('new')).toBeUndefined();
    rooms.set('new', { name: 'N', category: 'x' });
    expect(await nameOf('new')).toBe('N');
  });

  it('is asked for again after a change of itself or of what it depends on', async () => {
    const { rooms, cache, nameOf } = setup();
    for (const changed of ['a', 'x']) {
      await nameOf('a');
      rooms.set('a', { name: `after ${changed}`, category: 'x' });
      cache.invalidate(changed);
      await advance(1);
      expect(await nameOf('a')).toBe(`after ${changed}`);
    }
  });

  it('that was asked for before a change is not kept after it', async () => {
    const { rooms, state, cache, nameOf } = setup();
    state.latencyMs = 100;
    const before = nameOf('a');
    rooms.set('a', { name: 'B', category: 'x' });
    cache.invalidate('a');
    await advance(100);
    expect(await before).toBe('A');
    state.latencyMs = 0;
    expect(await nameOf('a')).toBe('B');
  });
});

it('keeps a limited number of entities', async () => {
  const { rooms, questions, nameOf } = setup();
  for (let number = 0; number <= MAX_CACHED_ENTITIES; number += 1) {
    rooms.set(String(number), { name: String(number), category: 'x' });
    await nameOf(String(number));
  }
  questions.length = 0;
  await nameOf(String(MAX_CACHED_ENTITIES));
  await nameOf('0');
  expect(questions).toEqual([['0']]);
});
