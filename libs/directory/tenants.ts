/** Tenants' brands and rules, read from the tenant subgraph through the settings cache. */
import type { TenantId } from '@libs/auth/tenantId';
import type { RedisConnection } from '@libs/cache/redis';
import { readThrough } from '@libs/cache/readThrough';
import { DEFAULT_LANGUAGE, languageOfLocale, type Language } from '@libs/outcome/messages';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { SubgraphClient } from './subgraphClient.ts';

const time = z.string().transform(localTime);
const date = z.string().transform((text) => Temporal.PlainDate.from(text));

export const settingsSchema = z.object({
  businessType: z.string(),
  timezone: z.string(),
  locale: z.string(),
  workingHoursStart: time,
  workingHoursEnd: time,
  workingDays: z.array(z.enum(DAYS_OF_WEEK)),
  bookingInterval: z.number(),
  advanceBookingDays: z.number(),
  cancellationHours: z.number(),
  autoConfirm: z.boolean(),
  minimumNoticeMinutes: z.number(),
  minDurationMinutes: z.number().nullable(),
  maxDurationMinutes: z.number().nullable(),
  bufferBeforeMinutes: z.number(),
  bufferAfterMinutes: z.number(),
  approvalHours: z.number().nullable(),
  holdMinutes: z.number(),
  reminderHours: z.array(z.number()),
  completeAutomatically: z.boolean(),
  overnight: z.boolean(),
  selfSignUp: z.boolean(),
  signInEmails: z.boolean(),
  specialHours: z.array(
    z.object({
      from: date,
      to: date,
      ranges: z.array(z.object({ start: time, end: time })),
      name: z.string().nullable(),
    }),
  ),
  customLabels: z.object({
    resourceSingular: z.string(),
    resourcePlural: z.string(),
    bookingLabel: z.string(),
    userLabel: z.string(),
  }),
});

const limitsSchema = z.object({
  resources: z.number(),
  users: z.number(),
  webhooks: z.number(),
  apiKeys: z.number(),
  categories: z.number(),
});

/** A tenant's JSON in the tenant subgraph's responses. */
const tenantSchema = z.object({
  id: z.uuid().transform((id) => id as TenantId),
  name: z.string(),
  domain: z.string(),
  frontendUrl: z.string(),
  logoUrl: z.string().nullable(),
  themePrimaryColor: z.string().nullable(),
  isActive: z.boolean(),
  settings: settingsSchema,
  limits: limitsSchema,
});

/** Deleted but still referenced tenants are inactive. */
export type TenantProfile = z.output<typeof tenantSchema>;
export type TenantSettings = TenantProfile['settings'];

/** The cache keeps the JSON. What another release wrote there and this one cannot read is loaded again. */
const cachedSchema = tenantSchema.nullable().transform((tenant) => ({ tenant }));

/** The GraphQL selection of a schema's fields. */
const selectionOf = ({ shape }: z.ZodObject): string =>
  `{ ${Object.entries(shape)
    .map(([name, field]) => {
      const item = field instanceof z.ZodArray ? field.element : field;
      return item instanceof z.ZodObject ? `${name} ${selectionOf(item)}` : name;
    })
    .join(' ')} }`;

const FIELDS = selectionOf(tenantSchema);

/** A cache key; the tenant subgraph invalidates it before it answers a mutation of the settings. */
export const settingsKey = (tenantId: string): string => `settings:tenant:${tenantId}`;

export type TenantDirectory = {
  /** The tenant, active or not; undefined if it does not exist. Throws SERVICE_UNAVAILABLE. */
  profile(id: string): Promise<TenantProfile | undefined>;
  /** Like `profile`, by domain in lower case; not cached. */
  byDomain(domain: string): Promise<TenantProfile | undefined>;
  /** The supported language of the tenant's locale; never throws. */
  languageOf(id: string): Promise<Language>;
};

export function tenantDirectory(options: {
  client: SubgraphClient;
  redis: RedisConnection;
  ttlSeconds: number;
}): TenantDirectory {
  const { client, redis, ttlSeconds } = options;

  async function profile(id: string): Promise<TenantProfile | undefined> {
    const cached = await readThrough<z.output<typeof cachedSchema>>(redis, {
      key: settingsKey(id),
      ttlSeconds,
      schema: cachedSchema,
      async load() {
        const json = (await client.entities('Tenant', FIELDS, [id]))[0] ?? null;
        return { ...cachedSchema.parse(json), toJSON: () => json };
      },
    });
    return cached.tenant ?? undefined;
  }

  return {
    profile,
    async byDomain(domain) {
      const query = `query ($domain: String!) { tenantByDomain(domain: $domain) ${FIELDS} }`;
      const answer = await client.query<{ tenantByDomain: unknown }>(query, { domain });
      return answer.tenantByDomain === null ? undefined : tenantSchema.parse(answer.tenantByDomain);
    },
    async languageOf(id) {
      try {
        return languageOfLocale((await profile(id))?.settings.locale ?? '') ?? DEFAULT_LANGUAGE;
      } catch {
        return DEFAULT_LANGUAGE;
      }
    },
  };
}
