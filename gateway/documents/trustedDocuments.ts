/**
 * Trusted documents (GraphQL over HTTP, appendix A): a request names a document of a frontend's build by its id instead of sending it.
 * With `only`, nobody can ask for anything else.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import type { Caller } from '@libs/auth/caller';
import { ApiError, badUserInput } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import { canonicalId, type Documents } from './manifest.ts';

export const DOCUMENT_MODES = ['off', 'accept', 'only'] as const;
/** off: ids are ignored; accept: they are served beside other documents; only: other documents are refused. */
export type DocumentMode = (typeof DOCUMENT_MODES)[number];

/** A request as clients send it: the values may be of any type. */
export type DocumentRequest = {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
};

export type TrustedDocuments = {
  /**
   * The text of the requested document, as sent or by its id; undefined if there is neither. Throws BAD_USER_INPUT for an unknown id,
   * for an id beside another document, and for a document that the mode does not allow.
   */
  textOf(request: DocumentRequest, caller: Caller): string | undefined;
};

/** Servers of tenants, and those who administer the platform. */
const mayAskAnything = (caller: Caller): boolean => caller.kind === 'platform' || caller.kind === 'apiKey';

/** The hash that Apollo's clients send. */
const persistedQueryHash = (extensions: unknown): unknown =>
  (extensions as { persistedQuery?: { sha256Hash?: unknown } | null } | null | undefined)?.persistedQuery
    ?.sha256Hash;

export function trustedDocuments(mode: DocumentMode, documents: Documents): TrustedDocuments {
  const texts = new Set(documents.values());

  return {
    textOf({ query, documentId, extensions }, caller) {
      const sent = typeof query === 'string' && query !== '' ? query : undefined;
      if (mode === 'off') return sent;
      const hash = sent === undefined ? persistedQueryHash(extensions) : undefined;
      const id = documentId ?? hash;
      const named = typeof id === 'string' ? documents.get(canonicalId(id)) : undefined;
      // Automatic persisted queries go on beside trusted documents: Apollo Server may know the hash.
      const isUnknown = named === undefined && (documentId != null || (mode === 'only' && hash != null));
      if (isUnknown) throw badUserInput('api.documentUnknown');
      if (named !== undefined && sent !== undefined && sent !== named)
        throw badUserInput('api.documentTwice');
      const text = named ?? sent;
      const isAllowed = mode === 'accept' || text === undefined || texts.has(text) || mayAskAnything(caller);
      if (!isAllowed) throw badUserInput('api.documentNotTrusted');
      return text;
    },
  };
}

/** Runs in place of a refused document, so that the refusal is answered as any other. */
const NOTHING = '{ __typename }';

/** Puts the text of the requested document into the request. A refused document becomes the context's refusal. */
export function documentsPlugin(documents: TrustedDocuments): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart({ request, contextValue }) {
      const { body, search } = request.http ?? {};
      const documentId =
        (body as DocumentRequest | undefined)?.documentId ??
        new URLSearchParams(search).get('documentId') ??
        undefined;
      const { query, extensions } = request;
      try {
        const text = documents.textOf({ query, documentId, extensions }, contextValue.caller);
        if (text === undefined || text === query) return;
        Object.assign(request, { query: text, extensions: undefined });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        contextValue.refusal ??= error;
        Object.assign(request, { query: NOTHING, extensions: undefined, operationName: undefined });
      }
    },
  };
}
