/** What an operation has told last, by place, for who comes back a moment later. */

/** Answers that are remembered, at most. */
const MAX_ANSWERS = 64;
/** And characters of them. */
const MAX_CHARACTERS = 256 * 1024;

export type ReplayBuffer = {
  /** Adds a place and the answer that led to it; false where it is the last one already. */
  add(cursor: string, answer: string | undefined): boolean;
  /** The place reached; undefined where none is remembered. */
  last(): string | undefined;
  /** The answers behind a remembered place. */
  after(cursor: string): string[];
  clear(): void;
};

/** `onEvict` is told each place that is no longer remembered. */
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
      // The last place stays: it is where two operations meet.
      while (entries.length > 1 && (entries.length > MAX_ANSWERS || characters > MAX_CHARACTERS)) evict();
      return true;
    },
    last: () => entries.at(-1)?.cursor,
    after(cursor) {
      const index = entries.findLastIndex((one) => one.cursor === cursor);
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
