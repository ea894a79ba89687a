/** An execution's last answers, for clients that reconnect. */

const MAX_ANSWERS = 64;
const MAX_CHARACTERS = 256 * 1024;

export type ReplayBuffer = {
  /** False if it is already the last cursor. */
  add(cursor: string, answer: string | undefined): boolean;
  last(): string | undefined;
  after(cursor: string): string[];
  clear(): void;
};

export function replayBuffer(onEvict: (cursor: string) => void): ReplayBuffer {
  let entries: { cursor: string; answer: string | undefined }[] = [];
  let characters = 0;

  function evict(): void {
    const { cursor, answer } = entries.shift()!;
    characters -= answer?.length ?? 0;
    onEvict(cursor);
  }

  return {
    add(cursor, answer) {
      if (entries.at(-1)?.cursor === cursor) return false;
      entries.push({ cursor, answer });
      characters += answer?.length ?? 0;
      // Executions merge by the last cursor.
      while (entries.length > 1 && (entries.length > MAX_ANSWERS || characters > MAX_CHARACTERS)) evict();
      return true;
    },
    last: () => entries.at(-1)?.cursor,
    after(cursor) {
      const index = entries.findLastIndex((entry) => entry.cursor === cursor);
      return index < 0 ? [] : entries.slice(index + 1).flatMap(({ answer }) => answer ?? []);
    },
    clear() {
      const cursors = entries.map(({ cursor }) => cursor);
      entries = [];
      characters = 0;
      cursors.forEach(onEvict);
    },
  };
}
