/** Reviews in memory and in a file: one line of JSON for each. */
import { EventEmitter, on } from 'node:events';
import { appendFile, readFile, truncate } from 'node:fs/promises';

export type Review = {
  id: string;
  resourceId: string;
  rating: number;
  text: string;
  author: string;
  createdAt: string;
};

export type ReviewLog = {
  find(id: string): Review | undefined;
  /** The latest first. */
  ofResource(resourceId: string): readonly Review[];
  /** Resolves once the review is in the file. */
  add(review: Review): Promise<void>;
  /** Reviews of a resource from now on. */
  added(resourceId: string): AsyncIterableIterator<[Review]>;
};

const eventOf = (resourceId: string): string => `added to ${resourceId}`;

/** Reads the lines of `file`. The last one may be incomplete, if the process ended while it wrote: it is cut off. */
async function readReviews(file: string): Promise<Review[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  if (complete !== text) await truncate(file, Buffer.byteLength(complete));
  return complete
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Review);
}

export async function openReviewLog(file: string): Promise<ReviewLog> {
  const byId = new Map<string, Review>();
  const byResource = new Map<string, Review[]>();
  const events = new EventEmitter().setMaxListeners(0);
  let written: Promise<unknown> = Promise.resolve();

  function keep(review: Review): void {
    byId.set(review.id, review);
    const reviews = byResource.get(review.resourceId);
    if (reviews) reviews.unshift(review);
    else byResource.set(review.resourceId, [review]);
  }
  for (const review of await readReviews(file)) keep(review);

  return {
    find: (id) => byId.get(id),
    ofResource: (resourceId) => byResource.get(resourceId) ?? [],
    async add(review) {
      const line = `${JSON.stringify(review)}\n`;
      // One after the other; a failed one does not stop the next.
      const own = written.then(() => appendFile(file, line));
      written = own.catch(() => {});
      await own;
      keep(review);
      events.emit(eventOf(review.resourceId), review);
    },
    added: (resourceId) => on(events, eventOf(resourceId)) as AsyncIterableIterator<[Review]>,
  };
}
