/** Checks of input that every noun makes alike. Each gives the refusals it finds, none where the value is good. */
import { refusal, type Refusal } from './outcome.ts';

/** A name at most, in characters. */
export const MAX_NAME_CHARACTERS = 200;

/** A name: not empty, not too long. Absent is fine: whether it is required is the schema's to say. */
export function nameRefusals(name: string | null | undefined, field: string[]): Refusal[] {
  if (name == null) return [];
  if (name.trim() === '') return [refusal('INVALID', 'shared.nameEmpty', field)];
  if (name.length > MAX_NAME_CHARACTERS) {
    return [refusal('INVALID', 'shared.nameTooLong', field, { most: MAX_NAME_CHARACTERS })];
  }
  return [];
}

/** A text that is shown in place of a word, such as a label: not empty, not too long. Its sentence names the field. */
export function textRefusals(text: string | null | undefined, path: string[], field: string): Refusal[] {
  if (text == null) return [];
  if (text.trim() === '') return [refusal('INVALID', 'shared.textEmpty', [...path, field], { field })];
  if (text.length > MAX_NAME_CHARACTERS) {
    const params = { field, most: MAX_NAME_CHARACTERS };
    return [refusal('INVALID', 'shared.textTooLong', [...path, field], params)];
  }
  return [];
}

/** Fields that an update may leave out, but not set to null. */
export function nullRefusals<Input extends object>(
  input: Input,
  path: string,
  ...fields: (keyof Input & string)[]
): Refusal[] {
  return fields
    .filter((field) => input[field] === null)
    .map((field) => refusal('INVALID', 'shared.cannotBeNull', [path, field], { field }));
}
