/**
 * Parsed documents, and what is derived from them, within MAX_CACHED_BYTES. Clients choose the documents, so their memory is what counts: the least
 * recently used are evicted.
 */
import type { DocumentStore } from '@apollo/server';
import { recentEntries } from '@libs/cache/recentEntries';
import { Kind, visit, type DocumentNode } from 'graphql';

const MAX_CACHED_BYTES = 128 * 1024 * 1024;
/** What one document may take of it; a larger one is not kept, since it would evict too many. */
const MAX_SHARE = 1 / 16;
/** A UTF-16 unit of text. */
const BYTES_PER_UNIT = 2;
/** In the syntax tree; measured are 100 to 320. */
const BYTES_PER_TOKEN = 320;
/** A field or fragment in the gateway's plan of an operation; measured are 1,000 to 8,000, most where fragments are used many times. */
const BYTES_PER_SELECTION = 8_000;

export type DocumentCache<Value> = {
  get(key: string): Value | undefined;
  /** Adds what belongs to `document`, which loses its tokens. */
  set(key: string, value: Value, document: DocumentNode): void;
  delete(key: string): boolean;
};

/** An estimate, rather too high. Each operation is planned by itself, with the fragments that they share. */
function bytesOf(key: string, document: DocumentNode): number {
  const { definitions, loc, tokenCount = 0 } = document as DocumentNode & { tokenCount?: number };
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  let selections = 0;
  for (const definition of definitions) {
    const plans = definition.kind === Kind.OPERATION_DEFINITION ? 1 : operations;
    visit(definition, { SelectionSet: (node) => void (selections += plans * node.selections.length) });
  }
  const units = key.length + (loc?.source.body.length ?? 0);
  return BYTES_PER_UNIT * units + BYTES_PER_TOKEN * tokenCount + BYTES_PER_SELECTION * selections;
}

/** Frees the tokens, comments among them, which take more than the document. Positions in errors do not need them. */
function dropTokens(document: DocumentNode): void {
  visit(document, {
    enter({ loc }) {
      if (loc) Object.assign(loc, { startToken: undefined, endToken: undefined });
    },
  });
}

export function documentCache<Value>(maxBytes = MAX_CACHED_BYTES): DocumentCache<Value> {
  const entries = recentEntries<{ value: Value; bytes: number }>(maxBytes, ({ bytes }) => bytes);
  return {
    get(key) {
      const entry = entries.get(key);
      // So that the least recently used are evicted.
      if (entry) entries.set(key, entry);
      return entry?.value;
    },
    set(key, value, document) {
      entries.delete(key);
      dropTokens(document);
      const bytes = bytesOf(key, document);
      if (bytes <= maxBytes * MAX_SHARE) entries.set(key, { value, bytes });
    },
    delete: entries.delete,
  };
}

/** For Apollo Server, whose own counts neither tokens nor plans. */
export function documentStore(): DocumentStore {
  const documents = documentCache<DocumentNode>();
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => documents.set(key, document, document),
    delete: async (key) => documents.delete(key),
  };
}
