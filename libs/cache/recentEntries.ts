/**
 * Entries in memory, of which the least recently set are evicted once all together weigh more than `maxWeight`. `weightOf` must always be the
 * same for a value; by default each weighs 1.
 */
export function recentEntries<Value extends object>(
  maxWeight: number,
  weightOf: (value: Value) => number = () => 1,
) {
  const entries = new Map<string, Value>();
  let weight = 0;

  function remove(key: string): boolean {
    const value = entries.get(key);
    if (value) weight -= weightOf(value);
    return entries.delete(key);
  }

  return {
    get: (key: string) => entries.get(key),
    set(key: string, value: Value): void {
      remove(key);
      entries.set(key, value);
      weight += weightOf(value);
      for (const oldest of entries.keys()) {
        if (weight <= maxWeight) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
