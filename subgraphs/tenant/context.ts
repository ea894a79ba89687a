import type { AuditEntryRow, TenantRow, WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { KeysetRange } from '@libs/db/keysetPages';
import type { RequestContext } from '@libs/graphql/context';
import { groupBy } from '@libs/db/groupBy';
import { parentLoader, rowLoader, type ParentLoader } from '@libs/graphql/batchLoaders';
import type DataLoader from 'dataloader';
import type { PlanLimits } from './tenants/planLimits.ts';
import { historiesOfAllTenants } from './audit/store.ts';
import { tenantsByIdOfAllTenants } from './tenants/store.ts';
import type { SsrfGuard } from './deliveries/ssrfGuard.ts';
import { deliveryPagesOfAllTenants, type DeliveryPageRequest } from './deliveries/deliveryStore.ts';
import type { SecretCipher } from './webhooks/secrets.ts';
import { webhooksOfAllTenants } from './webhooks/store.ts';

/** Dependencies that live as long as the process. */
export type ContextDeps = {
  db: Db;
  /** Drops the tenant's entry of the settings cache; never throws. */
  invalidateSettings(tenantId: string): Promise<void>;
  guard: SsrfGuard;
  planLimits: PlanLimits;
  secrets: SecretCipher;
};

export type Context = RequestContext &
  ContextDeps & {
    /** Rows of all tenants: the reader checks who may see one. */
    tenantById: DataLoader<string, TenantRow | null>;
    webhooksOfTenant: ParentLoader<{ id: string }, null, WebhookRow[]>;
    logOfWebhook: ParentLoader<{ id: string }, DeliveryPageRequest, WebhookDeliveryRow[]>;
    /** `tenantId` undefined: of all tenants. */
    historyOfSubject: ParentLoader<
      { id: string },
      { tenantId: TenantId | undefined; range: KeysetRange },
      AuditEntryRow[]
    >;
  };

export function contextOf(base: RequestContext, deps: ContextDeps): Context {
  const { db } = deps;
  return {
    ...base,
    ...deps,
    tenantById: rowLoader(
      (ids) => tenantsByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    webhooksOfTenant: parentLoader(async (tenants) => {
      const rows = await webhooksOfAllTenants(db, idsOf(tenants));
      return groupBy(rows, (row) => row.tenantId);
    }, []),
    logOfWebhook: parentLoader((webhooks, page) => deliveryPagesOfAllTenants(db, idsOf(webhooks), page), []),
    historyOfSubject: parentLoader((subjects, page) => historiesOfAllTenants(db, idsOf(subjects), page), []),
  };
}

const idsOf = (parents: readonly { id: string }[]): string[] => parents.map(({ id }) => id);
