/** What a password must be. Pure. */
import { refusal, type Refusal } from '@libs/outcome/outcome';

/** A password at least, in characters. */
export const MIN_PASSWORD_CHARACTERS = 12;
/** A password at most, in characters: more adds nothing to its strength, and hashing it costs. */
export const MAX_PASSWORD_CHARACTERS = 200;

/** The length of a password: in characters as people count them (code points), not in UTF-16 units. */
export const passwordLength = (password: string): number => Array.from(password).length;

/** White space only: whoever types it sees nothing, and whoever guesses has few lengths to try. */
export const isBlankPassword = (password: string): boolean => password.trim() === '';

/**
 * A new password: long enough, not too long, not white space only. Nothing else is asked of it (NIST SP 800-63B §3.1.1.2). Absent is
 * fine.
 */
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
