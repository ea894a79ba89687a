/** Reads GraphQL SDL, to compare it with other schemas. */
import { Kind, parse, print } from 'graphql';

/** The types of the fields of an object or input type, by name, without a final `!`. */
export const fieldsOf = (sdl: string, type: string): Record<string, string> =>
  Object.fromEntries(declaredFields(sdl, type).map(([name, field]) => [name, field.replace(/!$/, '')]));

/** The names of the fields of an object or input type that may be null. */
export const nullableFieldsOf = (sdl: string, type: string): string[] =>
  declaredFields(sdl, type)
    .filter(([, field]) => !field.endsWith('!'))
    .map(([name]) => name);

/** Name and type of each field. */
function declaredFields(sdl: string, type: string): [name: string, type: string][] {
  for (const definition of parse(sdl).definitions) {
    const isNamed =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION;
    if (!isNamed || definition.name.value !== type) continue;
    return (definition.fields ?? []).map((field) => [field.name.value, print(field.type)]);
  }
  throw new Error(`no type ${type}`);
}
