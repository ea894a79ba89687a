/** A law of the API: everything in it has a description. */
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLNamedType,
} from 'graphql';

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

type Described = {
  name: string;
  description?: string | null | undefined;
  args?: readonly Described[];
};

/** The coordinates in an API schema (RFC of GraphQL: 'Type.field(argument:)') that have no description. */
export function undescribedIn(schemaText: string): string[] {
  const isOurs = (type: GraphQLNamedType) => !isIntrospectionType(type) && !isSpecifiedScalarType(type);
  const types = Object.values(buildSchema(schemaText).getTypeMap()).filter(isOurs);
  const found: string[] = [];
  for (const type of types) {
    if (!ROOTS.has(type.name)) found.push(...missing(type, type.name));
    for (const member of membersOf(type)) {
      const coordinate = `${type.name}.${member.name}`;
      found.push(...missing(member, coordinate));
      for (const one of member.args ?? []) found.push(...missing(one, `${coordinate}(${one.name}:)`));
    }
  }
  return found;
}

const missing = ({ description }: Described, coordinate: string): string[] =>
  description?.trim() ? [] : [coordinate];

function membersOf(type: GraphQLNamedType): Described[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    return Object.values(type.getFields());
  return [];
}
