import { refusal, type Refusal } from '@libs/outcome/outcome';

export const MIN_PASSWORD_CHARACTERS = 12;
/** More adds only cost. */
export const MAX_PASSWORD_CHARACTERS = 200;

/** Code points, as people count them, not UTF-16 units. */
export const passwordLength = (password: string): number => Array.from(password).length;

/** White space only: invisible to its owner, and few lengths to guess. */
export const isBlankPassword = (password: string): boolean => password.trim() === '';

/** No composition rules (NIST SP 800-63B §3.1.1.2). Absent is fine. */
export function passwordRefusals(password: string | null | undefined, field: string[]): Refusal[] {
  if (password == null) return [];
  const length = passwordLength(password);
  if (length < MIN_PASSWORD_CHARACTERS) {
    return [refusal('INVALID', 'user.passwordTooShort', field, { min: MIN_PASSWORD_CHARACTERS })];
  }
  if (length > MAX_PASSWORD_CHARACTERS) {
    return [refusal('INVALID', 'user.passwordTooLong', field, { max: MAX_PASSWORD_CHARACTERS })];
  }
  if (isBlankPassword(password)) return [refusal('INVALID', 'user.passwordBlank', field)];
  return [];
}
