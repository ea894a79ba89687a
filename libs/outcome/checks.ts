import { domainToUnicode } from 'node:url';
import { refusal, type Refusal } from './outcome.ts';

export const MAX_NAME_CHARACTERS = 200;

/** Spaces and characters that nobody sees, such as a zero-width space (UAX #44, Default_Ignorable_Code_Point). */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** Refuses a blank or too long name; an absent one passes. */
export function nameRefusals(name: string | null | undefined, field: string[]): Refusal[] {
  if (name == null) return [];
  if (BLANK.test(name)) return [refusal('INVALID', 'shared.nameEmpty', field)];
  if (name.length > MAX_NAME_CHARACTERS) {
    return [refusal('INVALID', 'shared.nameTooLong', field, { max: MAX_NAME_CHARACTERS })];
  }
  return [];
}

/** Like `nameRefusals`; the message names the field. */
export function textRefusals(text: string | null | undefined, path: string[], field: string): Refusal[] {
  if (text == null) return [];
  if (BLANK.test(text)) return [refusal('INVALID', 'shared.textEmpty', [...path, field], { field })];
  if (text.length > MAX_NAME_CHARACTERS) {
    const params = { field, max: MAX_NAME_CHARACTERS };
    return [refusal('INVALID', 'shared.textTooLong', [...path, field], params)];
  }
  return [];
}

/** Refuses null in fields that an update may omit but not clear. */
export function nullRefusals<Input extends object>(
  input: Input,
  path: string,
  ...fields: (keyof Input & string)[]
): Refusal[] {
  return fields
    .filter((field) => input[field] === null)
    .map((field) => refusal('INVALID', 'shared.cannotBeNull', [path, field], { field }));
}

/** Whether every xn-- label decodes (RFC 3492). Newer URL parsers accept ASCII hosts without decoding them. */
export const hasValidPunycode = (host: string): boolean =>
  host.split('.').every((label) => {
    if (!label.startsWith('xn--')) return true;
    const decoded = domainToUnicode(label);
    return decoded !== '' && !decoded.startsWith('xn--');
  });
