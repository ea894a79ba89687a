import { readFileSync } from 'node:fs';
import { addDocument, parseManifest, type Documents } from './manifest.ts';

/** Reads manifests. Throws an Error that names the file that cannot be used. */
export function readDocuments(files: readonly string[]): Documents {
  const documents = new Map<string, string>();
  for (const file of files) {
    try {
      for (const [id, document] of parseManifest(readFileSync(file, 'utf8')))
        addDocument(documents, id, document);
    } catch (error) {
      throw new Error(`${file} is not a document manifest: ${(error as Error).message}`, { cause: error });
    }
  }
  return documents;
}
