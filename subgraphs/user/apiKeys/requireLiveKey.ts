import type { ApiKeyCaller } from '@libs/auth/caller';
import type { Tx } from '@libs/db/inTransaction';
import { unauthenticated } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';
import { lockApiKeyForShare } from './store.ts';

/** UNAUTHENTICATED if the key has ended meanwhile; it cannot end until the transaction does. Scopes never change. */
export async function requireLiveKey(
  { now }: Pick<Context, 'now'>,
  tx: Tx,
  { apiKeyId: id, tenantId }: ApiKeyCaller,
): Promise<void> {
  if (!(await lockApiKeyForShare(tenantId, tx, { id, now }))) throw unauthenticated('api.keyNotValid');
}
