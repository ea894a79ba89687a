/** `npm run codegen`: generates each subgraph's resolver and input types from its SDL. */
import type { CodegenConfig } from '@graphql-codegen/cli';

/** The parent that each type's resolvers receive: the row, not the API's shape. */
const parents: Record<string, Record<string, string>> = {
  tenant: {
    Tenant: '@drizzle/tenant/tables#TenantRow',
    OrganizationSettings: '@libs/directory/tenants#TenantSettings',
    TenantConnection: './tenants/reads.ts#TenantPage',
    Webhook: '@drizzle/tenant/tables#WebhookRow',
    WebhookDelivery: '@drizzle/tenant/tables#WebhookDeliveryRow',
    WebhookDeliveryConnection: './webhooks/reads.ts#DeliveryPage',
    AuditEntry: '@drizzle/tenant/tables#AuditEntryRow',
    AuditActor: '@drizzle/tenant/tables#AuditEntryRow',
    AuditConnection: './audit/reads.ts#AuditPage',
    Booking: '{ id: string }',
    User: '{ id: string }',
  },
  user: {
    User: '@drizzle/user/tables#UserRow',
    UserConnection: './users/reads.ts#UserPage',
    ApiKey: '@drizzle/user/tables#ApiKeyRow',
    Tenant: './users/reads.ts#TenantReference',
    Session: './sessions/issueTokens.ts#IssuedSession',
    ActiveSession: '@drizzle/user/tables#SessionRow',
  },
  resource: {
    Tenant: '{ id: string }',
    Resource: '@drizzle/resource/tables#ResourceRow',
    ResourceCategory: '@drizzle/resource/tables#CategoryRow',
    ResourceConnection: './resources/reads.ts#ResourcePage',
    ResourceCategoryConnection: './categories/reads.ts#CategoryPage',
  },
  booking: {
    Booking: '@drizzle/booking/tables#BookingRow',
    BookingSeries: '@drizzle/booking/tables#SeriesRow',
    Recurrence: '@drizzle/booking/tables#SeriesRow',
    BookingConnection: './bookings/reads.ts#BookingPage',
    Hold: '@drizzle/booking/tables#HoldRow',
    BookingOverride: './bookings/reads.ts#ShownOverride',
    SkippedOccurrence: './bookings/skipConflicts.ts#LeftOutOccurrence',
    AvailabilityDay: './closures/reads.ts#AvailableDay',
    Slot: './scheduling/slots.ts#SlotTime',
    FreeRange: './scheduling/freeRanges.ts#SlotRun',
    BookingChange: './changes/readChanges.ts#Change',
    AvailabilityChange: './availability/live/availabilityFeed.ts#ChangedDays',
    Closure: '@drizzle/booking/tables#ClosureRow',
    ClosureConnection: './closures/reads.ts#ClosurePage',
    Tenant: './bookings/reads.ts#Reference',
    ResourceCategory: './bookings/reads.ts#Reference',
    Resource: './bookings/reads.ts#Reference',
    User: './bookings/reads.ts#Reference',
  },
};

const scalars = {
  ID: 'string',
  DateTime: { input: '@libs/time/instants#DateTimeInput', output: '@libs/time/instants#DateTimeOutput' },
  LocalDate: 'temporal-polyfill#Temporal.PlainDate',
  LocalTime: '@libs/time/localTimes#LocalTime',
  TimeZone: 'string',
  JSONObject: 'Record<string, unknown>',
  EmailAddress: 'string',
  URL: 'string',
  HexColorCode: 'string',
  _Any: 'Record<string, unknown>',
  _FieldSet: 'string',
};

export default {
  generates: Object.fromEntries(
    Object.entries(parents).map(([name, mappers]) => [
      `subgraphs/${name}/generated.ts`,
      {
        schema: ['libs/graphql/shared.graphql', `subgraphs/${name}/*/schema.graphql`],
        plugins: ['typescript', 'typescript-resolvers'],
        config: {
          federation: true,
          contextType: './context.ts#Context',
          mappers,
          scalars,
          strictScalars: true,
          useTypeImports: true,
          enumsAsTypes: true,
          skipTypename: true,
          inputMaybeValue: 'T | null | undefined',
          maybeValue: 'T | null | undefined',
          emitLegacyCommonJSImports: false,
        },
      },
    ]),
  ),
} satisfies CodegenConfig;
