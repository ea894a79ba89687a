/**
 * How much an operation asks for, before anything is planned or run. Fragments are measured once however often they are spread,
 * so measuring costs no more than reading the document; what they stand for is counted at each place.
 */
import { parseLocalDate } from '@libs/time/days';
import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hashesPassword, variablesOf } from './passwordFields.ts';

/** A page's size at most; a larger `first` is for the subgraph to refuse, with its own sentence. */
const MAX_PAGE_SIZE = 100;
/** What a list without `first` is taken to hold where nothing here says more. */
const ASSUMED_LIST_SIZE = 10;

/** What lists without `first` hold at most, by type and field, or by the field alone. */
export const LIST_SIZES: ReadonlyMap<string, number> = new Map([
  // All of an answer; a series reports each of its occurrences, up to this.
  ['userErrors', 100],
  // As many in all, and one of its user errors has them.
  ['BookingConflictError.conflicts', 1],
  ['CreateBookingPayload.bookings', 365],
  ['CancelBookingSeriesPayload.bookings', 365],
  ['Tenant.webhooks', 100],
  // Half hours of a week.
  ['Resource.availabilitySchedule', 7 * 48],
  // Only the booking subgraph knows the tenant's grid: it counts a request's slots itself, and refuses what is too much.
  ['AvailabilityDay.slots', 0],
]);

/** Mutations that change a session without a password; each writes a row. */
const SESSION_FIELDS: ReadonlySet<string> = new Set(['refreshSession', 'signOut']);

const AVAILABILITY = 'Resource.availability';
const SLOTS = 'AvailabilityDay.slots';
/** Days of one availability at most; more is for the booking subgraph to refuse, with its own sentence. */
const MAX_AVAILABILITY_DAYS = 62;

export type QueryCost = {
  /** Fields within fields. */
  depth: number;
  /** Fields with every fragment written out: what the planner has to look at. */
  fields: number;
  aliases: number;
  directives: number;
  /** Objects that the answer may hold, with every list as long as it may be. */
  objects: number;
  /** Fields that check or hash a password, each of which costs as much as thousands of others. */
  passwordChecks: number;
  /** Of these, sign-ins: what needs no session. */
  signIns: number;
  /** Fields that refresh or end a session. */
  sessionChanges: number;
  /** Days of availability of all resources, with every list as long as it may be. */
  availabilityDays: number;
  /**
   * Places of the document that ask for availability. Each may be a fetch of its own to the booking subgraph, which bounds the slots of
   * a fetch: so each gets its share of them. A place that selects a slot's fields several times over counts as several.
   */
  slotPlaces: number;
};

type Variables = Record<string, unknown>;

const NOTHING: QueryCost = {
  depth: 0,
  fields: 0,
  aliases: 0,
  directives: 0,
  objects: 0,
  passwordChecks: 0,
  signIns: 0,
  sessionChanges: 0,
  availabilityDays: 0,
  slotPlaces: 0,
};

const plus = (a: QueryCost, b: QueryCost): QueryCost => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  objects: a.objects + b.objects,
  passwordChecks: a.passwordChecks + b.passwordChecks,
  signIns: a.signIns + b.signIns,
  sessionChanges: a.sessionChanges + b.sessionChanges,
  availabilityDays: a.availabilityDays + b.availabilityDays,
  slotPlaces: a.slotPlaces + b.slotPlaces,
});

/** What is in `one` so many times: what the answer holds multiplies, what the document says does not. */
const times = (count: number, one: QueryCost): QueryCost => ({
  ...one,
  objects: count * one.objects,
  availabilityDays: count * one.availabilityDays,
});

/** How often a selection of so many fields has all those of its type, rounded up. */
const timesOver = (fields: number, type: GraphQLNamedType): number =>
  isObjectType(type) ? Math.ceil(fields / Object.keys(type.getFields()).length) : 1;

/** How many days `from` to `to` are, from 1 to MAX_AVAILABILITY_DAYS; the most where they are no dates. */
function countDays(from: unknown, to: unknown): number {
  const [first, last] = [from, to ?? from].map((text) =>
    typeof text === 'string' ? parseLocalDate(text) : undefined,
  );
  if (!first || !last) return MAX_AVAILABILITY_DAYS;
  return Math.min(Math.max(first.until(last).days + 1, 1), MAX_AVAILABILITY_DAYS);
}

/** Measures an operation of a document that `schema` has validated (so fragments make no circle). */
export function queryCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): QueryCost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const defaults = new Map(
    operation.variableDefinitions?.map((one) => [one.variable.name.value, one.defaultValue]),
  );
  const ofFragments = new Map<string, QueryCost>();
  const mutation = schema.getMutationType();
  const allVariables = variablesOf(operation, variables);

  /** A field's argument, from the document, its variables or a default; undefined where nothing gives it. */
  function argumentOf(field: FieldNode, name: string, declared?: unknown): unknown {
    const given = field.arguments?.find((arg) => arg.name.value === name)?.value;
    if (given?.kind !== Kind.VARIABLE) return given ? valueFromASTUntyped(given) : declared;
    const otherwise = defaults.get(given.name.value);
    return variables[given.name.value] ?? (otherwise ? valueFromASTUntyped(otherwise) : declared);
  }

  /** The `first` that a field takes, from 1 to MAX_PAGE_SIZE; undefined where it takes none. */
  function firstOf(field: FieldNode, definition: GraphQLField<unknown, unknown>): number | undefined {
    const declared = definition.args.find((arg) => arg.name === 'first');
    if (!declared) return undefined;
    const size = argumentOf(field, 'first', declared.defaultValue);
    return Math.min(Math.max(typeof size === 'number' ? size : MAX_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  }

  function listSize(field: FieldNode, coordinate: string, page: number | undefined): number {
    if (coordinate === AVAILABILITY) return countDays(argumentOf(field, 'from'), argumentOf(field, 'to'));
    return page ?? LIST_SIZES.get(coordinate) ?? LIST_SIZES.get(field.name.value) ?? ASSUMED_LIST_SIZE;
  }

  function ofField(field: FieldNode, parent: GraphQLNamedType, page: number | undefined): QueryCost {
    const isMutation = parent === mutation;
    const own: QueryCost = {
      ...NOTHING,
      depth: 1,
      fields: 1,
      aliases: field.alias ? 1 : 0,
      directives: field.directives?.length ?? 0,
      passwordChecks: isMutation && hashesPassword(field, allVariables) ? 1 : 0,
      signIns: isMutation && field.name.value === 'signIn' ? 1 : 0,
      sessionChanges: isMutation && SESSION_FIELDS.has(field.name.value) ? 1 : 0,
    };
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    // What begins with __ describes the schema; GraphQL's own rules bound it.
    if (!definition || !field.selectionSet) return own;
    const type = getNamedType(definition.type);
    const coordinate = `${parent.name}.${field.name.value}`;
    const inner = { ...ofSelections(field.selectionSet, type, firstOf(field, definition)) };
    const size = isListType(getNullableType(definition.type)) ? listSize(field, coordinate, page) : 1;
    if (coordinate === SLOTS) own.slotPlaces = timesOver(inner.fields, type);
    if (coordinate === AVAILABILITY) {
      own.availabilityDays = size;
      inner.slotPlaces = Math.max(1, inner.slotPlaces);
    }
    const within = times(size, { ...inner, objects: 1 + inner.objects });
    return { ...plus(own, within), depth: 1 + inner.depth };
  }

  /** `page` is the `first` of the field that these are selected on: the length of its lists (nodes, edges). */
  function ofSelections(set: SelectionSetNode, type: GraphQLNamedType, page: number | undefined): QueryCost {
    let sum = NOTHING;
    // Side by side in one selection, however often, availability is one fetch.
    let availabilityPlaces = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const one = ofField(selection, type, page);
        const isAvailability = `${type.name}.${selection.name.value}` === AVAILABILITY;
        if (isAvailability) availabilityPlaces = Math.max(availabilityPlaces, one.slotPlaces);
        sum = plus(sum, isAvailability ? { ...one, slotPlaces: 0 } : one);
      } else {
        sum = plus(sum, { ...NOTHING, directives: selection.directives?.length ?? 0 });
        if (selection.kind === Kind.FRAGMENT_SPREAD) sum = plus(sum, ofFragment(selection.name.value, page));
        else
          sum = plus(
            sum,
            ofSelections(selection.selectionSet, named(selection.typeCondition?.name.value) ?? type, page),
          );
      }
    }
    return { ...sum, slotPlaces: sum.slotPlaces + availabilityPlaces };
  }

  const named = (name: string | undefined): GraphQLNamedType | undefined =>
    name ? schema.getType(name) : undefined;

  function ofFragment(name: string, page: number | undefined): QueryCost {
    const key = `${name} ${page}`;
    let cached = ofFragments.get(key);
    if (!cached) {
      const fragment = fragments.get(name);
      const type = named(fragment?.typeCondition.name.value);
      cached = fragment && type ? ofSelections(fragment.selectionSet, type, page) : NOTHING;
      ofFragments.set(key, cached);
    }
    return cached;
  }

  const root = schema.getRootType(operation.operation);
  const whole = root ? ofSelections(operation.selectionSet, root, undefined) : NOTHING;
  return { ...whole, directives: whole.directives + (operation.directives?.length ?? 0) };
}
