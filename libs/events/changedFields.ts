/** 'startTime' as events name it: 'start_time'. */
export const eventFieldName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The names, in snake_case, of the fields whose JSON differs. */
export function changedFields(before: object, after: object): string[] {
  const jsonOf = (values: object, name: string) =>
    JSON.stringify((values as Readonly<Record<string, unknown>>)[name]);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => jsonOf(before, name) !== jsonOf(after, name))
    .map(eventFieldName);
}
