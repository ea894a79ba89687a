/** What an operation costs, before it is planned. Each fragment is measured once, so measuring is linear in the document. */
import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ForeignFields } from './foreignFields.ts';
import { AVAILABILITY, listSize, pageSize, SLOTS, WATCHED_AVAILABILITY, watchedDays } from './listSizes.ts';
import { hashesPassword, isSignIn, variablesOf } from './passwordFields.ts';

/** Mutations that write a session without checking a password. */
const SESSION_FIELDS: ReadonlySet<string> = new Set(['refreshSession', 'signOut']);

/** May gather hundreds of pages, and answer 20 MB. */
const PERSONAL_EXPORT = 'exportPersonalData';

export type QueryCost = {
  depth: number;
  /** Fields with all fragments expanded: the planner's work. */
  fields: number;
  aliases: number;
  directives: number;
  /** In the largest possible answer. */
  objects: number;
  /** Root fields. */
  mutations: number;
  /** Each costs as much as thousands of other fields. */
  passwordChecks: number;
  /** Sign-ins, sign-ups and what else people without a session do with passwords and links. */
  signIns: number;
  /** Refreshes and sign-outs. */
  sessionChanges: number;
  /** Exports of a person's data. */
  personalExports: number;
  /** In the largest possible answer, over all resources. */
  availabilityDays: number;
  /** Those of these days whose slots are asked for; once for each time that they are. */
  slotDays: number;
  /**
   * Fetches of availability in the plan. The booking subgraph limits the slots of a request, and each fetch gets its share. A
   * selection that repeats the fields of a slot counts several times.
   */
  availabilityFetches: number;
};

type Variables = Record<string, unknown>;

const NOTHING: QueryCost = {
  depth: 0,
  fields: 0,
  aliases: 0,
  directives: 0,
  objects: 0,
  mutations: 0,
  passwordChecks: 0,
  signIns: 0,
  sessionChanges: 0,
  personalExports: 0,
  availabilityDays: 0,
  slotDays: 0,
  availabilityFetches: 0,
};

const plus = (a: QueryCost, b: QueryCost): QueryCost => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  objects: a.objects + b.objects,
  mutations: a.mutations + b.mutations,
  passwordChecks: a.passwordChecks + b.passwordChecks,
  signIns: a.signIns + b.signIns,
  sessionChanges: a.sessionChanges + b.sessionChanges,
  personalExports: a.personalExports + b.personalExports,
  availabilityDays: a.availabilityDays + b.availabilityDays,
  slotDays: a.slotDays + b.slotDays,
  availabilityFetches: a.availabilityFetches + b.availabilityFetches,
});

/** A longer list multiplies the answer, not the document. */
const times = (count: number, item: QueryCost): QueryCost => ({
  ...item,
  objects: count * item.objects,
  availabilityDays: count * item.availabilityDays,
  slotDays: count * item.slotDays,
});

/** How often a selection covers all fields of its type, rounded up. */
const repetitions = (fields: number, type: GraphQLNamedType): number =>
  isObjectType(type) ? Math.ceil(fields / Object.keys(type.getFields()).length) : 1;

type Operation = {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The variables, with defaults. */
  variables: Variables;
  foreignFields: ForeignFields;
  /** By a fragment's name and the page size. */
  fragmentCosts: Map<string, QueryCost>;
};

/** Measures an operation of a valid `document` (so fragments form no cycles). */
export function queryCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  foreignFields: ForeignFields = new Map(),
): QueryCost {
  const root = schema.getRootType(operation.operation);
  if (!root) return NOTHING;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const allVariables = variablesOf(operation, variables);
  const measured = { schema, fragments, variables: allVariables, foreignFields, fragmentCosts: new Map() };
  const cost = selectionsCost(measured, operation.selectionSet, root, undefined);
  return { ...cost, directives: cost.directives + (operation.directives?.length ?? 0) };
}

/** `page` is the `first` of the parent field: the length of nodes and edges. */
function selectionsCost(
  operation: Operation,
  { selections }: SelectionSetNode,
  type: GraphQLNamedType,
  page: number | undefined,
): QueryCost {
  let sum = NOTHING;
  // Availability repeated in one selection is one fetch.
  let availabilityFetches = 0;
  for (const selection of selections) {
    const cost = selectionCost(operation, selection, type, page);
    if (selection.kind === Kind.FIELD && `${type.name}.${selection.name.value}` === AVAILABILITY) {
      availabilityFetches = Math.max(availabilityFetches, cost.availabilityFetches);
      sum = plus(sum, { ...cost, availabilityFetches: 0 });
    } else {
      sum = plus(sum, cost);
    }
  }
  return { ...sum, availabilityFetches: sum.availabilityFetches + availabilityFetches };
}

function selectionCost(
  operation: Operation,
  selection: SelectionNode,
  type: GraphQLNamedType,
  page: number | undefined,
): QueryCost {
  if (selection.kind === Kind.FIELD) return fieldCost(operation, selection, type, page);
  const directives = { ...NOTHING, directives: selection.directives?.length ?? 0 };
  if (selection.kind === Kind.FRAGMENT_SPREAD) {
    return plus(directives, fragmentCost(operation, selection.name.value, page));
  }
  const condition = selection.typeCondition?.name.value;
  const inner = (condition && operation.schema.getType(condition)) || type;
  return plus(directives, selectionsCost(operation, selection.selectionSet, inner, page));
}

function fragmentCost(operation: Operation, name: string, page: number | undefined): QueryCost {
  const { schema, fragments, fragmentCosts } = operation;
  const key = `${name} ${page}`;
  let cost = fragmentCosts.get(key);
  if (!cost) {
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    cost = type ? selectionsCost(operation, fragment.selectionSet, type, page) : NOTHING;
    fragmentCosts.set(key, cost);
  }
  return cost;
}

function fieldCost(
  operation: Operation,
  field: FieldNode,
  parent: GraphQLNamedType,
  page: number | undefined,
): QueryCost {
  const { schema, variables, foreignFields } = operation;
  const isMutation = parent === schema.getMutationType();
  const own: QueryCost = {
    ...NOTHING,
    depth: 1,
    fields: 1,
    aliases: field.alias ? 1 : 0,
    directives: field.directives?.length ?? 0,
    mutations: isMutation ? 1 : 0,
    passwordChecks: isMutation && hashesPassword(field, variables) ? 1 : 0,
    signIns: isMutation && isSignIn(field) ? 1 : 0,
    sessionChanges: isMutation && SESSION_FIELDS.has(field.name.value) ? 1 : 0,
    personalExports: isMutation && field.name.value === PERSONAL_EXPORT ? 1 : 0,
  };
  const definition =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
  // Introspection fields are limited by GraphQL itself.
  if (!definition || !field.selectionSet) return own;

  const type = getNamedType(definition.type);
  const coordinate = `${parent.name}.${field.name.value}`;
  const ownPage = pageSize(field, definition, variables, foreignFields.get(coordinate));
  const isList = isListType(getNullableType(definition.type));
  // The page of a list is its own length, that of a connection the length of the lists in it.
  const inner = { ...selectionsCost(operation, field.selectionSet, type, isList ? undefined : ownPage) };
  const size = isList ? listSize(field, coordinate, variables, ownPage ?? page) : 1;
  if (coordinate === SLOTS) {
    own.availabilityFetches = repetitions(inner.fields, type);
    own.slotDays = own.availabilityFetches;
  }
  if (coordinate === AVAILABILITY) {
    own.availabilityDays = size;
    inner.availabilityFetches = Math.max(1, inner.availabilityFetches);
  }
  if (coordinate === WATCHED_AVAILABILITY) {
    own.availabilityDays = watchedDays(field, variables);
    own.slotDays = own.availabilityDays;
  }
  const items = times(size, { ...inner, objects: 1 + inner.objects });
  return { ...plus(own, items), depth: 1 + inner.depth };
}
