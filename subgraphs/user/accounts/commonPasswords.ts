/**
 * Passwords that everybody tries first (NIST SP 800-63B §3.1.1.2), by the 50,000 most common ones of zxcvbn. Few of these have as many
 * characters as ours must, so a password that is one of them with digits and signs around it, or repeated, is common too.
 */
import { dictionary } from '@zxcvbn-ts/language-common';

let common: ReadonlySet<string> | undefined;

const ONE_CHARACTER = /^([\p{L}\p{N}])\1+$/u;
const AROUND = /^[^\p{L}]+|[^\p{L}]+$/gu;

/** What the text repeats: 'abc' and 'abcabc' for 'abcabcabcabc'. */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  for (let length = 1; length <= text.length / 2; length += 1) {
    const unit = text.slice(0, length);
    if (text.length % length === 0 && unit.repeat(text.length / length) === text) units.push(unit);
  }
  return units;
}

/** Without regard to case. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(dictionary['passwords-common']);
  const lower = password.normalize('NFC').toLowerCase();
  return (
    ONE_CHARACTER.test(lower) ||
    [lower, lower.replaceAll(AROUND, ''), ...unitsOf(lower)].some((one) => common!.has(one))
  );
}
