/** The fields that an operation selects, by the type of the object (GraphQL §6.3.2). */
import { fieldsText, selectedText } from '@libs/graphql/jsonWriter';
import {
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isUnionType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export type Variables = Readonly<Record<string, unknown>>;

export type SelectedField = {
  key: string;
  node: FieldNode;
  /** Undefined for __typename, __schema and __type. */
  type: GraphQLOutputType | undefined;
  selection: Selection;
};
export type Selection = (type: GraphQLCompositeType) => readonly SelectedField[];

/** Requires the variables of all conditions. */
export function selectionOf(
  schema: GraphQLSchema,
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): Selection {
  const isIncluded = (node: SelectionNode): boolean =>
    !node.directives?.length ||
    (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false);

  function applies(condition: string | undefined, type: GraphQLCompositeType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const wanted = schema.getType(condition);
    return isAbstractType(wanted) && !isUnionType(type) && schema.isSubType(wanted, type);
  }

  function collect(
    { selections }: SelectionSetNode,
    type: GraphQLCompositeType,
    found: Map<string, FieldNode[]>,
  ): void {
    for (const selection of selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const same = found.get(key);
        if (same) same.push(selection);
        else found.set(key, [selection]);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
      if (applies(fragment.typeCondition?.name.value, type)) collect(fragment.selectionSet, type, found);
    }
  }

  function selectionIn(sets: readonly SelectionSetNode[]): Selection {
    const byType = new Map<GraphQLCompositeType, readonly SelectedField[]>();
    return (type) => {
      const known = byType.get(type);
      if (known) return known;
      const found = new Map<string, FieldNode[]>();
      for (const set of sets) collect(set, type, found);
      const fields = [...found].map(([key, nodes]) => ({
        key,
        node: nodes[0]!,
        type: isUnionType(type) ? undefined : type.getFields()[nodes[0]!.name.value]?.type,
        selection: selectionIn(nodes.flatMap(({ selectionSet }) => selectionSet ?? [])),
      }));
      byType.set(type, fields);
      return fields;
    };
  }

  return selectionIn([root]);
}

/** The fields of a selection, in the form of jsonWriter.ts. */
export function textOfFields(selection: Selection, type: GraphQLCompositeType): string {
  return fieldsText(
    selection(type).map(({ key, node, type: fieldType, selection: inner }) => {
      const named = fieldType && getNamedType(fieldType);
      return selectedText(key, node.name.value, isCompositeType(named) ? textOfFields(inner, named) : '');
    }),
  );
}
