import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Review, ReviewLog } from './reviewLog.ts';

const MAX_PAGE_SIZE = 100;
const MAX_RATING = 5;
const MAX_TEXT_CHARACTERS = 2_000;
const MAX_AUTHOR_CHARACTERS = 100;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

type Reference = { id: string };
type AddReviewInput = Omit<Review, 'id' | 'createdAt'>;

/** The gateway passes on errors with the codes of Vaga's contract, and masks all others. */
function refuseUnless(isValid: boolean, message: string): void {
  if (!isValid) throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

const hasLength = (text: string, max: number): boolean => text.trim().length > 0 && text.length <= max;

export const reviewResolvers = (log: ReviewLog) => ({
  Resource: {
    reviews: ({ id }: Reference, { first }: { first: number }) => {
      refuseUnless(first >= 1 && first <= MAX_PAGE_SIZE, `first: expected 1 to ${MAX_PAGE_SIZE}`);
      return log.ofResource(id).slice(0, first);
    },
    averageRating: ({ id }: Reference) => {
      const ratings = log.ofResource(id).map(({ rating }) => rating);
      return ratings.length > 0 ? ratings.reduce((sum, rating) => sum + rating) / ratings.length : null;
    },
  },
  Review: {
    __resolveReference: ({ id }: Reference) => log.find(id),
    /** Only the key: Vaga has the rest, for whoever may see it. */
    resource: ({ resourceId }: Review) => ({ id: resourceId }),
  },
  Query: { review: (_: unknown, { id }: Reference) => log.find(id) },
  Mutation: {
    async addReview(_: unknown, { input }: { input: AddReviewInput }) {
      const { resourceId, rating, text, author } = input;
      refuseUnless(UUID.test(resourceId), 'resourceId: expected a UUID');
      refuseUnless(rating >= 1 && rating <= MAX_RATING, `rating: expected 1 to ${MAX_RATING}`);
      refuseUnless(
        hasLength(text, MAX_TEXT_CHARACTERS),
        `text: expected 1 to ${MAX_TEXT_CHARACTERS} characters`,
      );
      refuseUnless(
        hasLength(author, MAX_AUTHOR_CHARACTERS),
        `author: expected 1 to ${MAX_AUTHOR_CHARACTERS} characters`,
      );
      const review = { ...input, id: randomUUID(), createdAt: new Date().toISOString() };
      await log.add(review);
      return review;
    },
  },
  Subscription: {
    reviewAdded: {
      subscribe: (_: unknown, { resourceId }: { resourceId: string }) => log.added(resourceId),
      resolve: ([review]: [Review]) => review,
    },
  },
});
