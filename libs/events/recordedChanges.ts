/**
 * What events say about a changed record: by field, in snake_case, the JSON value before and after. Of most fields they only say that
 * they changed (`{}`), so that neither the outbox nor the audit trail keeps personal data, free text or secrets.
 */
import { z } from 'zod';
import { changedFields, eventFieldName } from './changedFields.ts';

const change = z.object({ from: z.json().optional(), to: z.json().optional() });
export const recordedChangesSchema = z.record(z.string(), change);
export type RecordedChanges = z.output<typeof recordedChangesSchema>;

/**
 * The fields whose values are recorded. All others are names, addresses, free text, secrets, or data that frontends keep with a record:
 * anything that a person could have written, also within an object or list.
 */
const RECORDED_FIELDS: ReadonlySet<string> = new Set([
  // Bookings, holds and closures.
  ...['status', 'automatic', 'source', 'purpose', 'end_reason', 'overridden', 'seats', 'is_exception'],
  ...['start_time', 'end_time', 'expires_at', 'from', 'to', 'hours_before'],
  ...['resource_id', 'resource_ids', 'category_id', 'category_ids', 'client_id', 'user_id'],
  ...['booking_id', 'series_id', 'hold_id', 'closure_id'],
  // Tenants.
  ...['plan', 'limits', 'theme_primary_color', 'timezone', 'locale'],
  ...['working_hours_start', 'working_hours_end', 'working_days', 'overnight'],
  ...['booking_interval', 'advance_booking_days', 'cancellation_hours', 'minimum_notice_minutes'],
  ...['min_duration_minutes', 'max_duration_minutes', 'buffer_before_minutes', 'buffer_after_minutes'],
  ...[
    'self_sign_up',
    'sign_in_emails',
    'auto_confirm',
    'approval_hours',
    'hold_minutes',
    'reminder_hours',
    'complete_automatically',
  ],
  // Resources and categories.
  ...['type', 'capacity', 'booking_mode', 'rules', 'availability_schedule'],
  // Users.
  ...['user_type', 'can_book', 'can_manage_bookings', 'can_manage_resources', 'can_manage_users'],
  // API keys and webhooks.
  'scopes',
  ...['events', 'delivery_id', 'disabled_because'],
  'is_active',
]);

/** Length of the JSON text of both values together; of longer ones, only that they changed is recorded. */
const MAX_RECORDED_CHARACTERS = 2_000;

function recordedChange(
  field: string,
  { from, to }: { from?: unknown; to?: unknown },
): RecordedChanges[string] {
  if (!RECORDED_FIELDS.has(field)) return {};
  const json = JSON.stringify({ from: from ?? null, to: to ?? null });
  return json.length > MAX_RECORDED_CHARACTERS ? {} : (JSON.parse(json) as RecordedChanges[string]);
}

/** From the fields that differ; null: a record that did not or does not exist. Names of fields in camelCase or snake_case. */
export function recordedChanges(before: object | null, after: object | null): RecordedChanges {
  const valuesOf = (row: object | null) =>
    Object.fromEntries(
      Object.entries(row ?? {}).map(([name, value]) => [eventFieldName(name), value ?? null]),
    );
  const [from, to] = [valuesOf(before), valuesOf(after)];
  return Object.fromEntries(
    changedFields({ ...nulls(to), ...from }, { ...nulls(from), ...to }).map((field) => [
      field,
      recordedChange(field, { from: from[field], to: to[field] }),
    ]),
  );
}

const nulls = (values: object): Record<string, null> =>
  Object.fromEntries(Object.keys(values).map((name) => [name, null]));

/** Changes from elsewhere, such as those that webhooks receive, without the values that are not recorded. */
export const asRecorded = (
  changes: Readonly<Record<string, { from?: unknown; to?: unknown }>>,
): RecordedChanges =>
  Object.fromEntries(
    Object.entries(changes).map(([field, change]) => [field, recordedChange(field, change)]),
  );
