/** The subgraphs that `npm run compose -- --with` adds to ours. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { foreignNameProblems, isServiceUrl } from '@libs/runtime/foreignSubgraphs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { GraphQLError, Kind, parse, Source, valueFromASTUntyped, visit, type DocumentNode } from 'graphql';

export type Service = { name: string; url: string; typeDefs: DocumentNode };

const EXPECTED = 'expected --with name=schema.graphql@http://host:port/graphql';

/** Reads subgraphs given as `name=FILE@URL`, with FILE in `folder`. Throws one error for all. */
export function foreignServices(values: readonly string[], folder: string): Service[] {
  const problems: string[] = [];
  const services = values.flatMap((value) => {
    const [, name, file, url] = /^([^=]+)=(.+)@(https?:\/\/.+)$/.exec(value) ?? [];
    if (!name || !file || !url || !isServiceUrl(url)) {
      problems.push(`'${value}': ${EXPECTED}`);
      return [];
    }
    try {
      const source = new Source(readFileSync(path.resolve(folder, file), 'utf8'), file);
      return [{ name, url, typeDefs: parse(source) }];
    } catch (error) {
      problems.push(
        error instanceof GraphQLError ? syntaxProblem(name, error) : unreadable(name, file, error),
      );
      return [];
    }
  });
  problems.push(...foreignNameProblems(services.map(({ name }) => name)));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return services;
}

function syntaxProblem(name: string, { message, source, locations }: GraphQLError): string {
  const { line, column } = locations![0]!;
  return `${name} (${source!.name}:${line}:${column}): ${message}`;
}

function unreadable(name: string, file: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return `${name}: ${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`;
}

/** Our fields that a supergraph resolves elsewhere because a foreign subgraph overrides them. */
export function overriddenFields(supergraph: DocumentNode): string[] {
  const found: string[] = [];
  let type = '';
  let field = '';
  visit(supergraph, {
    ObjectTypeDefinition: ({ name }) => void (type = name.value),
    FieldDefinition: ({ name }) => void (field = name.value),
    Directive: ({ name, arguments: given = [] }) => {
      const override = given.find((one) => one.name.value === 'override' && name.value === 'join__field');
      const from = override?.value.kind === Kind.STRING && valueFromASTUntyped(override.value);
      if (SUBGRAPHS.some((own) => own === from)) found.push(`${type}.${field} of ${String(from)}`);
    },
  });
  return found;
}
