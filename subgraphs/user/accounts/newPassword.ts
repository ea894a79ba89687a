import { refusal, type Refusal } from '@libs/outcome/outcome';
import { isCommonPassword } from './commonPasswords.ts';
import { passwordRefusals } from './rules.ts';

/** Refuses a password that somebody chooses. Absent is fine. */
export function newPasswordRefusals(password: string | null | undefined, field: string[]): Refusal[] {
  const refusals = passwordRefusals(password, field);
  if (password == null || refusals.length > 0 || !isCommonPassword(password)) return refusals;
  return [refusal('INVALID', 'user.passwordCommon', field)];
}
