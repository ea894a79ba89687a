/** Values of each scalar for generated operations: ids of two tenants, ordinary values, edges, and some that cannot be read. */
import { newId } from '@libs/db/ids';
import type { ScalarValues } from './generatedOperations.ts';
import { PASSWORD, type TenantSetup } from './tenantSetup.ts';

const idsOf = (setup: TenantSetup): string[] => [
  ...[setup.tenantId, setup.user.id, setup.manager.id, setup.admin.id, setup.categoryId, setup.resourceId],
  ...[setup.bookingId, setup.seriesId, setup.seriesBookingId, setup.webhookId, setup.holdId],
  ...[setup.closureId, setup.apiKeyId],
];

/** Values that can be read, which are repeated so that they are the most frequent. */
const mostly = <T>(usual: readonly T[], others: readonly unknown[]): unknown[] => [
  ...Array.from({ length: 4 }, () => usual).flat(),
  ...others,
];

export function generatedValues(
  setups: readonly TenantSetup[],
  instantOf: (days: number, hour: number) => string,
): ScalarValues {
  const days = [-400, -1, 0, 1, 2, 3, 4, 5, 8, 20, 300, 4_000];
  const instants = days.flatMap((day) => [9, 10, 12].map((hour) => instantOf(day, hour)));
  const dates = instants.map((instant) => instant.slice(0, 10));
  return {
    ID: mostly(setups.flatMap(idsOf), [newId(), '', 'x', "'; drop table users; --", 7]),
    String: mostly(
      ['Ana', 'x', '', PASSWORD, 'no such token', '09:00', ...setups.map(({ domain }) => domain)],
      ['\0', '\u{d800}', '😀'.repeat(30), 'x'.repeat(10_001), '%_\\', '{}', '../..', '‮x', ' '],
    ),
    Int: mostly([1, 2, 5, 20, 60], [0, -1, 100, 101, 1_440, 2_147_483_647, -2_147_483_648, 1.5]),
    Float: mostly([0, 1, 0.5], [-1, 1e308]),
    Boolean: [true, false],
    DateTime: mostly(instants, ['9999-12-31T23:59:59Z', '2027-02-30T09:00:00Z', '2027-01-01T09:00', 'now']),
    LocalDate: mostly(dates, ['0001-01-01', '9999-12-31', '2027-02-29', 'today']),
    LocalTime: mostly(['00:00', '06:00', '09:30', '22:00'], ['24:00', '25:00', '9']),
    TimeZone: mostly(['America/Sao_Paulo', 'UTC', 'Europe/Lisbon'], ['Mars/Base', '+03:00']),
    URL: mostly(['https://hooks.example/x'], ['http://127.0.0.1:22/', 'javascript:alert(1)', 'x']),
    EmailAddress: mostly(
      [`${newId()}@a.example`, ...setups.map(({ user }) => user.email)],
      ['x', `${'a'.repeat(300)}@b.example`],
    ),
    HexColorCode: mostly(['#00ff00'], ['red', '#12']),
    JSONObject: mostly(
      [{}, { a: 1 }, { a: { b: [null, 'x'] } }],
      [[], { '\0': 1 }, { a: 'x'.repeat(70_000) }],
    ),
  };
}
