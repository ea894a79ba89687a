/** Manifests of trusted documents: JSON files that a frontend's build writes. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Text of each document by its id. */
export type Documents = ReadonlyMap<string, string>;

const SHA256_SCHEME = 'sha256:';
const BARE_SHA256 = /^[\da-f]{64}$/;

/** `{ "sha256:<hex>": document }`, and Relay's `{ "<md5>": document }`. */
const documentsById = z.record(z.string().min(1), z.string().min(1));
/** The output of Apollo's `generate-persisted-query-manifest`. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** Apollo's clients send a bare hash (GraphQL over HTTP, appendix A, calls an id without a colon a custom one). */
export const canonicalId = (id: string): string => (BARE_SHA256.test(id) ? SHA256_SCHEME + id : id);

export const documentId = (document: string): string =>
  SHA256_SCHEME + createHash('sha256').update(document).digest('hex');

/** Reads Apollo's form, or an object of documents by id. Throws an Error that says what is wrong. */
export function parseManifest(text: string): Documents {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  const apollo = apolloManifest.safeParse(json);
  const entries = apollo.success
    ? apollo.data.operations.map(({ id, body }): [string, string] => [id, body])
    : Object.entries(documentsById.safeParse(json).data ?? {});
  if (entries.length === 0) throw new Error('neither a manifest of Apollo nor an object of documents by id');

  const documents = new Map<string, string>();
  for (const [given, document] of entries) {
    const id = canonicalId(given);
    if (id.startsWith(SHA256_SCHEME) && id !== documentId(document))
      throw new Error(`${given} is not the SHA-256 of its document`);
    addDocument(documents, id, document);
  }
  return documents;
}

/** Throws if another document has the id. */
export function addDocument(documents: Map<string, string>, id: string, document: string): void {
  const known = documents.get(id);
  if (known !== undefined && known !== document) throw new Error(`two documents have the id ${id}`);
  documents.set(id, document);
}
