/** A person's data in other subgraphs. */
import type { TenantId } from '@libs/auth/tenantId';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import type { SubgraphName } from '@libs/runtime/subgraphs';

type Item = Record<string, unknown>;
type Page = { items: Item[]; next: string | null };
export type PersonToExport = { tenantId: TenantId; userId: string };

export type PersonalDataSources = {
  /** Each with its `kind`: 'booking' or 'hold'. */
  bookings(person: PersonToExport): Promise<Item[]>;
  actions(person: PersonToExport): Promise<Item[]>;
};

/** More are not gathered: an answer of 20 MB. */
const MAX_ITEMS = 50_000;

async function readAll(
  client: SubgraphClient,
  field: string,
  cursor: string,
  person: PersonToExport,
): Promise<Item[]> {
  const query = `query ($tenantId: ID!, $userId: ID!, $after: ${cursor}) {
    page: ${field}(tenantId: $tenantId, userId: $userId, after: $after)
  }`;
  const items: Item[] = [];
  for (let after: string | null = null; items.length < MAX_ITEMS;) {
    const { page }: { page: Page } = await client.query(query, { ...person, after });
    items.push(...page.items);
    after = page.next;
    if (after === null) break;
  }
  return items;
}

/** SERVICE_UNAVAILABLE if a subgraph does not answer. */
export const personalDataSources = (
  subgraph: (name: SubgraphName) => SubgraphClient,
): PersonalDataSources => ({
  bookings: (person) => readAll(subgraph('booking'), 'internalBookingsOfPerson', 'ID', person),
  actions: (person) => readAll(subgraph('tenant'), 'internalAuditOfPerson', 'String', person),
});
