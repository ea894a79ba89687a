/** What an export of a tenant leaves out. Everything else with a column `tenant_id` is in it; a test finds what is in neither. */
import type { SubgraphName } from '@libs/runtime/subgraphs';

/** `database.table`, with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'user.platform_administrators': 'of the platform',
  'user.refresh_tokens': 'hashes of secrets',
  'user.link_tokens': 'hashes of secrets',
  'user.link_emails': 'hashes of addresses, for an hour',
  'user.failed_sign_ins': 'hashes of addresses, for a quarter of an hour',
  'user.deleted_tenants': 'of deleted tenants',
  'resource.deleted_tenants': 'of deleted tenants',
};
/** Tables of each database. */
export const LEFT_OUT_EVERYWHERE: Readonly<Record<string, string>> = {
  inbox: 'copies of events, usually for milliseconds',
  consumed_events: 'ids of events',
  outbox_relay: 'positions',
};
/** Secrets, their hashes, and what only workers use. */
export const LEFT_OUT_COLUMNS: readonly string[] = [
  'password_hash',
  'key_hash',
  'token_hash',
  'secret',
  'previous_secret',
  'claim_id',
  'claimed_until',
];
/** The tenant's own row. */
export const TENANT_TABLE: { database: SubgraphName; table: string } = {
  database: 'tenant',
  table: 'tenants',
};
