/** Reads GraphQL SDL, to compare it with other schemas. */
import { Kind, parse, print } from 'graphql';

/** The types of the fields of an object or input type, by name, without a final `!`. */
export function fieldsOf(sdl: string, type: string): Record<string, string> {
  for (const definition of parse(sdl).definitions) {
    const isNamed =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION;
    if (!isNamed || definition.name.value !== type) continue;
    return Object.fromEntries(
      (definition.fields ?? []).map((field) => [field.name.value, print(field.type).replace(/!$/, '')]),
    );
  }
  throw new Error(`no type ${type}`);
}
