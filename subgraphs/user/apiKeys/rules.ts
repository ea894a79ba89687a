import { API_SCOPES, type ApiScope } from '@libs/auth/rights';
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import type { CreateApiKeyInput, UpdateApiKeyInput } from '../generated.ts';

/** Each once, in the order of the contract. */
export const scopesOf = (scopes: readonly ApiScope[]): ApiScope[] =>
  API_SCOPES.filter((scope) => scopes.includes(scope));

function scopeRefusals(scopes: readonly ApiScope[]): Refusal[] {
  const field = ['input', 'scopes'];
  if (scopes.length === 0) return [refusal('INVALID', 'apiKey.scopesEmpty', field)];
  const isIncomplete = scopes.includes('BOOKINGS_OVERRIDE') && !scopes.includes('BOOKINGS_WRITE');
  return isIncomplete ? [refusal('INVALID', 'apiKey.overrideNeedsWrite', field)] : [];
}

/** `expiresAt` is that of the input as an instant. */
export const createApiKeyRefusals = (
  input: CreateApiKeyInput,
  expiresAt: Temporal.Instant | null,
  now: Temporal.Instant,
): Refusal[] => [
  ...nameRefusals(input.name, ['input', 'name']),
  ...scopeRefusals(input.scopes),
  ...(expiresAt && Temporal.Instant.compare(expiresAt, now) <= 0
    ? [refusal('INVALID', 'apiKey.expiryPast', ['input', 'expiresAt'])]
    : []),
];

export const updateApiKeyRefusals = (input: UpdateApiKeyInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'name', 'isActive'),
  ...nameRefusals(input.name, ['input', 'name']),
];

export const apiKeyNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'apiKey.notFound', field);
