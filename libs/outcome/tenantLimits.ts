import type { MessageKey } from './messages.ts';
import { refusal, type Refusal } from './outcome.ts';

/** What a tenant's plan limits. */
export const LIMITED_KINDS = ['resources', 'users', 'webhooks', 'apiKeys', 'categories'] as const;
export type LimitedKind = (typeof LIMITED_KINDS)[number];
export type TenantLimits = Record<LimitedKind, number>;

const MESSAGES: Record<LimitedKind, MessageKey> = {
  resources: 'limit.resources',
  users: 'limit.users',
  webhooks: 'limit.webhooks',
  apiKeys: 'limit.apiKeys',
  categories: 'limit.categories',
};

/** TOO_MANY if the tenant has as many as it may. After a change to a smaller plan it may have more. */
export const atLimitRefusals = (kind: LimitedKind, count: number, { [kind]: max }: TenantLimits): Refusal[] =>
  count < max ? [] : [refusal('TOO_MANY', MESSAGES[kind], null, { max })];
