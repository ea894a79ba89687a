/** Generated operations on Vaga's API, and subgraphs in memory that answer them from a seed: with nulls, errors and broken values. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { schemaFilesOf, subgraphTypes } from '@libs/graphql/types';
import { SerializedJson } from '@libs/graphql/stringifyInChunks';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import {
  execute,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  parse,
  visit,
  type GraphQLCompositeType,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import type { EntityAnswer } from '../upstream/representations.ts';
import { isFragment } from './planner.ts';
import { selectionOf, textOfFields, type Variables } from './selections.ts';

/** Shares of fields, in 100. */
const [NULLS, ERRORS, BROKEN] = [10, 2, 1];
const MAX_LENGTH = 3;

const subgraphsFolder = path.join(import.meta.dirname, '../../subgraphs');

/** A number from 0 to 2^32 for the parts. */
const hashOf = (...parts: unknown[]): number =>
  createHash('md5').update(JSON.stringify(parts)).digest().readUInt32LE(0);

type Source = Record<string, unknown> & { __typename?: string };

const identityOf = ({ __typename, id, ...rest }: Source): unknown =>
  id === undefined ? rest : [__typename, id];

function valueOf(type: GraphQLOutputType, key: readonly unknown[], schema: GraphQLSchema): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, [...key, 'present'], schema);
  const hash = hashOf(key);
  if (key.at(-1) !== 'present' && hash % 100 < NULLS) return null;
  if (isListType(type))
    return Array.from({ length: hash % (MAX_LENGTH + 1) }, (_, index) =>
      valueOf(type.ofType, [...key, index], schema),
    );
  if (isEnumType(type)) return type.getValues()[hash % type.getValues().length]!.value;
  if (isScalarType(type)) {
    if (type.name === 'Int' || type.name === 'Float') return hash % 1_000;
    if (type.name === 'Boolean') return hash % 2 === 0;
    return type.name === 'ID' ? `id${hash % 7}` : `"${hash}" ä\u2028`;
  }
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return { __typename: types[hash % types.length]!.name, seed: hash };
}

const resolve =
  (seed: number, errors: number): GraphQLFieldResolver<Source, unknown> =>
  (source, args, _context, { fieldName, parentType, returnType, schema }) => {
    if (source && Object.hasOwn(source, fieldName)) return source[fieldName];
    const key = [seed, identityOf(source ?? {}), parentType.name, fieldName, args];
    if (hashOf(key, 'error') % 100 < errors)
      throw new GraphQLError(`no ${fieldName}`, { extensions: { code: 'FORBIDDEN' } });
    return valueOf(returnType, key, schema);
  };

/** Breaks some values, as a subgraph with a bug would. */
function broken(value: unknown, key: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) {
    const hash = hashOf(key);
    return hash % 100 < BROKEN ? [null, 'BROKEN', 0.5, undefined][hash % 4] : value;
  }
  if (Array.isArray(value)) return value.map((one, index) => broken(one, [...key, index]));
  const fields = Object.entries(value).map(([name, one]) =>
    name === '__typename' ? [name, one] : [name, broken(one, [...key, name])],
  );
  return Object.fromEntries(fields) as unknown;
}

/** The values of `availability` as serialized JSON. */
function written(answer: EntityAnswer, query: string, variables: Variables = {}): EntityAnswer {
  const schema = schemas['booking']!;
  const day = schema.getType('AvailabilityDay') as GraphQLObjectType;
  const document = parse(query);
  const fragments = new Map(document.definitions.filter(isFragment).map((one) => [one.name.value, one]));
  const fields = new Map<string, string>();
  visit(document, {
    Field({ name, alias, selectionSet }) {
      if (name.value !== 'availability') return;
      const text = textOfFields(
        selectionOf(schema, selectionSet!, fragments, { byDefault: true, ...variables }),
        day,
      );
      if (!text.includes('closures')) fields.set(alias?.value ?? name.value, text);
    },
  });
  const write = (value: unknown, key = ''): unknown => {
    const own = fields.get(key);
    if (own !== undefined && Array.isArray(value))
      return new SerializedJson([Buffer.from(JSON.stringify(value))], own);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => write(one));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, write(one, name)]));
  };
  return { ...answer, data: write(answer.data) as EntityAnswer['data'] };
}

export type AuditOptions = { seed: number; isBroken: boolean; writes: boolean };

/** Equal options give equal answers. */
export function auditSources({ seed, isBroken, writes }: AuditOptions): Record<string, SubgraphSource> {
  return Object.fromEntries(
    SUBGRAPHS.map((name) => [
      name,
      {
        async process({ request: { query = '', variables, operationName } }): Promise<EntityAnswer> {
          const result = await execute({
            schema: schemas[name]!,
            document: parse(query),
            variableValues: variables,
            operationName,
            // The executors report broken values only where no subgraph has reported an error.
            fieldResolver: resolve(seed, isBroken ? 0 : ERRORS),
          });
          const answer = JSON.parse(JSON.stringify(result)) as EntityAnswer;
          if (isBroken) answer.data = broken(answer.data, [seed, query]) as EntityAnswer['data'];
          return writes ? written(answer, query, variables) : answer;
        },
        stalled: () => 0,
        close: async () => {},
      } satisfies SubgraphSource,
    ]),
  );
}

const schemas: Record<string, GraphQLSchema> = Object.fromEntries(
  SUBGRAPHS.map((name) => {
    const folder = path.join(subgraphsFolder, name);
    const types = schemaFilesOf(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    return [name, buildSubgraphSchema(parse(subgraphTypes(types)))];
  }),
);

/** A generator of numbers below its argument, by a seed. */
function randomOf(seed: number): (below: number) => number {
  let count = 0;
  return (below) => hashOf(seed, (count += 1)) % below;
}

const VARIABLES = { yes: true, no: false };
const DEFINITIONS = { yes: 'Boolean!', no: 'Boolean!', byDefault: 'Boolean! = true' };

/** A valid operation on `schema`, with its variables. */
export function auditOperation(schema: GraphQLSchema, seed: number) {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const fragments: string[] = [];
  const hasConditions = random(2) === 0;
  let fields = 0;

  const condition = () =>
    !hasConditions || random(12) > 0
      ? ''
      : pick([' @skip(if: $yes)', ' @skip(if: $no)', ' @include(if: $yes)', ' @include(if: $byDefault)']);

  function literal(type: GraphQLInputType): string {
    if (isNonNullType(type)) return literal(type.ofType);
    if (isListType(type)) return `[${literal(type.ofType)}]`;
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isScalarType(type)) {
      if (type.name === 'Int' || type.name === 'Float') return String(1 + random(20));
      if (type.name === 'Boolean') return 'true';
      return type.name === 'JSONObject' ? '{}' : `"text${random(3)}"`;
    }
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${required.map((field) => `${field.name}: ${literal(field.type)}`).join(' ')} }`;
  }

  function fieldOf(type: GraphQLCompositeType, depth: number): string | undefined {
    if (!('getFields' in type) || random(10) === 0) return `${random(4) === 0 ? 't: ' : ''}__typename`;
    // What subgraphs write as JSON is asked for more often.
    const often = random(2) === 0 ? type.getFields()['availability'] : undefined;
    const field = often ?? pick(Object.values(type.getFields()));
    const named = getNamedType(field.type);
    if (isCompositeType(named) && depth === 0) return undefined;
    fields += 1;
    const given = field.args.filter((arg) => isNonNullType(arg.type) || random(6) === 0);
    const args = given.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(', ');
    // Different arguments need different names.
    const key = given.length > 0 || random(8) === 0 ? `f${fields}: ` : '';
    const inner = isCompositeType(named) ? ` { ${selectionOf(named, depth - 1)} }` : '';
    return `${key}${field.name}${args && `(${args})`}${condition()}${inner}`;
  }

  function selectionOf(type: GraphQLCompositeType, depth: number): string {
    const parts = ['__typename'].slice(random(3));
    for (let count = 1 + random(5); count > 0; count -= 1) {
      if (random(8) === 0) {
        const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
        const on = isAbstractType(type) || random(2) === 0 ? pick(types) : undefined;
        const inner = selectionOf(on ?? type, depth);
        if (random(2) === 0) parts.push(`... ${on ? `on ${on.name}` : ''}${condition()} { ${inner} }`);
        else {
          const name = `F${fragments.length}`;
          fragments.push('');
          fragments[Number(name.slice(1))] = `fragment ${name} on ${(on ?? type).name} { ${inner} }`;
          parts.push(`...${name}${condition()}`);
        }
      } else parts.push(fieldOf(type, depth) ?? '');
    }
    const text = parts.filter((part) => part).join(' ');
    return text || '__typename';
  }

  const kind = pick(['query', 'query', 'query', 'mutation'] as const);
  const root = kind === 'query' ? schema.getQueryType()! : schema.getMutationType()!;
  const body = selectionOf(root, 3);
  const introspection =
    random(15) === 0 && kind === 'query'
      ? ' __schema { queryType { name } } __type(name: "Slot") { kind }'
      : '';
  const rest = `{ ${body}${introspection} }\n${fragments.join('\n')}`;
  const used = Object.entries(DEFINITIONS).filter(([name]) => rest.includes(`$${name}`));
  const definitions = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
  const query = `${kind} Audit${definitions && `(${definitions})`} ${rest}`;
  return { query, variables: VARIABLES };
}
