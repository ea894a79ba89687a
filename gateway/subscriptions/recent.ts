/** What an operation has told last, by place, for who comes back a moment later. */

/** Answers that are remembered, at most. */
const MOST_ANSWERS = 64;
/** And characters of them. */
const MOST_CHARACTERS = 256 * 1024;

export type Recent = {
  /** Adds a place and the answer that led to it; false where it is the last one already. */
  add(place: string, answer: string | undefined): boolean;
  /** The place reached; undefined where none is remembered. */
  last(): string | undefined;
  /** The answers behind a remembered place. */
  after(place: string): string[];
  clear(): void;
};

/** `onForget` is told each place that is no longer remembered. */
export function recentAnswers(onForget: (place: string) => void): Recent {
  let told: { place: string; answer: string | undefined }[] = [];
  let characters = 0;

  function drop(): void {
    const { place, answer } = told.shift()!;
    characters -= answer?.length ?? 0;
    onForget(place);
  }

  return {
    add(place, answer) {
      if (told.at(-1)?.place === place) return false;
      told.push({ place, answer });
      characters += answer?.length ?? 0;
      // The last place stays: it is where two operations meet.
      while (told.length > 1 && (told.length > MOST_ANSWERS || characters > MOST_CHARACTERS)) drop();
      return true;
    },
    last: () => told.at(-1)?.place,
    after(place) {
      const at = told.findLastIndex((one) => one.place === place);
      return at < 0 ? [] : told.slice(at + 1).flatMap(({ answer }) => answer ?? []);
    },
    clear() {
      const places = told.map(({ place }) => place);
      told = [];
      characters = 0;
      places.forEach(onForget);
    },
  };
}
