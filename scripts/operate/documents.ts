/** `npm run documents`: gathers the trusted documents of frontends' builds into one manifest. See docs/trusted-documents.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { addDocument, documentId, parseManifest, type Documents } from '../../gateway/documents/manifest.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';
import { buildSchema, parse, validate, type GraphQLSchema } from 'graphql';

const USAGE = 'npm run documents -- --out MANIFEST FILE… (Apollo’s or Relay’s manifests, or .graphql files)';
const SCHEMA = path.join(import.meta.dirname, '../../gateway/schema.graphql');
const GRAPHQL_FILE = /\.(graphql|gql)$/;

function documentsIn(file: string): Documents {
  const text = readFileSync(file, 'utf8');
  return GRAPHQL_FILE.test(file) ? new Map([[documentId(text), text]]) : parseManifest(text);
}

function readSchema(file: string): GraphQLSchema {
  try {
    return buildSchema(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailure(`${file}: ${(error as Error).message}`);
  }
}

/** Why the document cannot be served; undefined if it can. */
function problemOf(document: string, schema: GraphQLSchema): string | undefined {
  try {
    return validate(schema, parse(document))[0]?.message;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Throws a CommandFailure that names each file or document that cannot be served. */
function gather(files: readonly string[], schema: GraphQLSchema): Documents {
  const gathered = new Map<string, string>();
  const problems: string[] = [];
  for (const file of files) {
    try {
      for (const [id, document] of documentsIn(file)) {
        const problem = problemOf(document, schema);
        if (problem) problems.push(`${file}: ${id}: ${problem}`);
        addDocument(gathered, id, document);
        // So that a client may also send the hash, where the build gave ids of its own.
        addDocument(gathered, documentId(document), document);
      }
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw new CommandFailure(problems.join('\n'));
  return gathered;
}

await runCommand(() => {
  const { values, positionals } = parseArgs({
    options: { out: { type: 'string' }, schema: { type: 'string', default: SCHEMA } },
    allowPositionals: true,
  });
  if (!values.out || positionals.length === 0) throw new UsageError(USAGE);
  const documents = gather(positionals, readSchema(values.schema));
  writeFileSync(
    values.out,
    `${JSON.stringify(Object.fromEntries([...documents].toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`,
  );
  console.log(`${values.out}: ${documents.size} ids of ${new Set(documents.values()).size} documents`);
});
