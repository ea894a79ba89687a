/** Rules for passwords. Pure. */
import { refusal, type Refusal } from '@libs/outcome/outcome';

export const MIN_PASSWORD_CHARACTERS = 12;
/** More adds no strength, but costs time to hash. */
export const MAX_PASSWORD_CHARACTERS = 200;

/** In characters as people count them (code points), not in UTF-16 units. */
export const passwordLength = (password: string): number => Array.from(password).length;

/** White space only: invisible to its owner, and few lengths to guess. */
export const isBlankPassword = (password: string): boolean => password.trim() === '';

/** Refusals of a new password. No composition rules (NIST SP 800-63B §3.1.1.2). Absent is fine. */
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
