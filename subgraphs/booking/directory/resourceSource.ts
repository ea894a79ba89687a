/**
 * Resources from their subgraph. Those whose version is still the same are not read again: a schedule may have thousands of ranges, and
 * resources in use are asked for each second. Long ones are read and parsed by themselves, so that other requests come between them.
 */
import type { TenantId } from '@libs/auth/tenantId';
import { recentEntries } from '@libs/cache/recentEntries';
import type { ResourceBookingRules } from '@libs/directory/bookingRules';
import { MAX_CACHED_ENTITIES, type LoadEntities } from '@libs/directory/entityCache';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

const tenantReference = z.object({ id: z.uuid().transform((id) => id as TenantId) });
const time = z.string().transform(localTime);

const date = z.string().transform((text) => Temporal.PlainDate.from(text));
const weeklyRanges = z.array(z.object({ day: z.enum(DAYS_OF_WEEK), start: time, end: time }));
const dates = { from: date, to: date, name: z.string().nullable() };

/** Null: the tenant's. */
const rulesSchema = z.object({
  bookingInterval: z.number().nullable(),
  advanceBookingDays: z.number().nullable(),
  minimumNoticeMinutes: z.number().nullable(),
  minDurationMinutes: z.number().nullable(),
  maxDurationMinutes: z.number().nullable(),
  bufferBeforeMinutes: z.number().nullable(),
  bufferAfterMinutes: z.number().nullable(),
  cancellationHours: z.number().nullable(),
  autoConfirm: z.boolean().nullable(),
  approvalHours: z.number().nullable(),
}) satisfies z.ZodType<ResourceBookingRules>;

const resourceSchema = z.object({
  id: z.uuid(),
  tenant: tenantReference,
  isActive: z.boolean(),
  isDeleted: z.boolean(),
  category: z.object({ id: z.uuid(), isActive: z.boolean() }),
  capacity: z.number(),
  bookingMode: z.enum(['EXCLUSIVE', 'SHARED', 'SESSION']),
  rules: rulesSchema,
  schedule: z.object({
    availabilitySchedule: weeklyRanges.nullable(),
    seasons: z.array(z.object({ ...dates, ranges: weeklyRanges })),
    scheduleOverrides: z.array(z.object({ ...dates, ranges: z.array(z.object({ start: time, end: time })) })),
  }),
});
const RESOURCE_FIELDS = `{
  id isActive isDeleted: internalIsDeleted tenant { id } category { id isActive } capacity bookingMode
  rules { ${Object.keys(rulesSchema.shape).join(' ')} }
  schedule: internalSchedule
}`;

type ParsedResource = z.output<typeof resourceSchema>;
/** A deleted but still referenced resource is inactive. */
export type BookableResource = Omit<ParsedResource, 'schedule'> & ParsedResource['schedule'];

const VERSIONS_QUERY = 'query ($ids: [ID!]!) { versions: internalResourceVersions(ids: $ids) }';
const versionsSchema = z.record(z.string(), z.object({ version: z.string(), bytes: z.number() }));
type Versions = z.output<typeof versionsSchema>;

/** Of the schedules of one query, compressed: about 4,000 ranges. A longer one is alone in its query. */
const MAX_BYTES_PER_QUERY = 16_384;

export function resourceSource(client: SubgraphClient): LoadEntities<BookableResource> {
  const known = recentEntries<{ version: string; resource: BookableResource }>(MAX_CACHED_ENTITIES);

  /** What is read after its version is never older than it. */
  async function read(
    ids: readonly string[],
    versions: Versions,
  ): Promise<(readonly [string, BookableResource])[]> {
    const found = await client.entities<unknown>('Resource', RESOURCE_FIELDS, ids);
    return found.flatMap((json) => {
      if (json === null) return [];
      const { schedule, ...fields } = resourceSchema.parse(json);
      const resource = { ...fields, ...schedule };
      known.set(resource.id, { version: versions[resource.id]!.version, resource });
      return [[resource.id, resource] as const];
    });
  }

  return async (ids) => {
    const answer = await client.query<{ versions: unknown }>(VERSIONS_QUERY, { ids });
    const versions = versionsSchema.parse(answer.versions);
    const current = new Map<string, BookableResource>();
    for (const id of ids) {
      const before = known.get(id);
      if (before && before.version === versions[id]?.version) current.set(id, before.resource);
    }
    const changed = [...new Set(ids)].filter((id) => versions[id] && !current.has(id));
    for (const batch of batches(changed, versions))
      for (const [id, resource] of await read(batch, versions)) current.set(id, resource);
    return ids.map((id) => current.get(id));
  };
}

function batches(ids: readonly string[], versions: Versions): string[][] {
  const found: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const { bytes } = versions[id]!;
    if (bytes > room) {
      found.push([]);
      room = MAX_BYTES_PER_QUERY;
    }
    found.at(-1)!.push(id);
    room -= bytes;
  }
  return found;
}
