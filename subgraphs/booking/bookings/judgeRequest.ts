/** Judges whether people may book times on resources: everything but what others occupy. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import { closuresFor } from '../closures/reads.ts';
import type { Context } from '../context.ts';
import type { Member } from '../directory/bookingDirectory.ts';
import type { BookableResource } from '../directory/resourceSource.ts';
import {
  bookerRefusals,
  clientRefusals,
  inactiveRefusals,
  schedulingContextOf,
} from '../scheduling/eligibility.ts';
import type { ClosureTimes } from '../scheduling/closures.ts';
import {
  judge,
  MAX_BROKEN_RULES,
  type Occurrence,
  type OverridableRule,
  type SchedulingContext,
} from '../scheduling/rules.ts';
import { demandFor, type Demand } from './allocations/demands.ts';
import { resourceNotFound } from './refusals.ts';
import { fieldOfWanted, seatsField, type WantedResource } from './wanted.ts';

export type People = { userId: string; clientId: string };

/** Everything that is read before any lock is taken. */
export type Gathered = {
  tenant: TenantProfile | undefined;
  /** In the order of what is wanted. */
  resources: (BookableResource | undefined)[];
  booker: Member | undefined;
  client: Member | undefined;
};

export async function gatherFor(
  { directory }: Context,
  tenantId: TenantId,
  { userId, clientId }: People,
  wanted: readonly WantedResource[],
): Promise<Gathered> {
  const [tenant, booker, client, resources] = await Promise.all([
    directory.tenant(tenantId),
    directory.member(tenantId, userId),
    directory.member(tenantId, clientId),
    Promise.all(wanted.map(({ resourceId }) => directory.resource(tenantId, resourceId))),
  ]);
  return { tenant, booker, client, resources };
}

/** A wanted resource with the rules in force for it. */
export type Candidate = {
  wanted: WantedResource;
  resource: BookableResource | undefined;
  context: SchedulingContext;
};

export const candidatesOf = (
  tenant: TenantProfile,
  resources: Gathered['resources'],
  wanted: readonly WantedResource[],
  now: SchedulingContext['now'],
): Candidate[] =>
  wanted.map((one, index) => ({
    wanted: one,
    resource: resources[index],
    context: schedulingContextOf(tenant, resources[index], now),
  }));

/** The closures that apply to each candidate within the occurrences' time. One statement. */
export async function closuresOfCandidates(
  tenantId: TenantId,
  db: Queryable,
  candidates: readonly Candidate[],
  occurrences: readonly Occurrence[],
): Promise<ClosureTimes[][]> {
  const resources = candidates.flatMap(({ resource }) => resource ?? []);
  const starts = occurrences.map(({ startTime }) => startTime.epochMilliseconds);
  const ends = occurrences.map(({ endTime }) => endTime.epochMilliseconds);
  const found = await closuresFor(tenantId, db, {
    resources,
    from: Temporal.Instant.fromEpochMilliseconds(Math.min(...starts)),
    to: Temporal.Instant.fromEpochMilliseconds(Math.max(...starts, ...ends)),
    zone: candidates[0]!.context.rules.timezone,
  });
  const byResource = new Map(resources.map(({ id }, index) => [id, found[index]!]));
  return candidates.map(({ resource }) => (resource && byResource.get(resource.id)) ?? []);
}

export const withClosures = (
  candidates: readonly Candidate[],
  closures: readonly (readonly ClosureTimes[])[],
): Candidate[] =>
  candidates.map((candidate, index) => ({
    ...candidate,
    context: { ...candidate.context, closures: closures[index]! },
  }));

/** NOT_FOUND, INACTIVE and CAPACITY_EXCEEDED. */
export function wantedResourceRefusals(candidates: readonly Candidate[]): Refusal[] {
  return candidates.flatMap(({ wanted, resource, context }, index) => {
    const field = fieldOfWanted(wanted, ['input', 'resourceId']);
    const at = (found: Refusal): Refusal => ({ ...found, field: found.field && field });
    if (!resource) return [at(resourceNotFound())];
    // The tenant's is reported once.
    const isActive = index === 0 ? context.isActive : { ...context.isActive, tenant: true };
    const isTooMany = wanted.seats > resource.capacity;
    return [
      ...inactiveRefusals(isActive).map(at),
      ...(isTooMany
        ? [
            refusal('CAPACITY_EXCEEDED', 'booking.capacityExceeded', seatsField(wanted), {
              seats: wanted.seats,
              capacity: resource.capacity,
            }),
          ]
        : []),
    ];
  });
}

export const peopleRefusals = (
  { booker, client }: Pick<Gathered, 'booker' | 'client'>,
  { userId, clientId }: People,
): Refusal[] => [...bookerRefusals(booker), ...(clientId === userId ? [] : clientRefusals(client))];

export const demandsOf = (
  candidates: readonly Candidate[],
  overridden: ReadonlySet<OverridableRule>,
): Demand[] =>
  candidates.flatMap(({ wanted, resource, context }) =>
    resource ? [demandFor(resource, context.rules, wanted.seats, overridden.has('BUFFERS'))] : [],
  );

export type OccurrenceVerdict = { refusals: Refusal[]; overridden: OverridableRule[] };

/**
 * The rules that the occurrences break, by occurrence. They end with the first malformed one, as all have one length, and once
 * MAX_BROKEN_RULES are found, unless `isComplete`.
 */
export function judgeOccurrences(
  candidates: readonly Candidate[],
  occurrences: readonly Occurrence[],
  overridden: ReadonlySet<OverridableRule>,
  { isComplete = false } = {},
): OccurrenceVerdict[] {
  const verdicts: OccurrenceVerdict[] = [];
  let count = 0;
  for (const occurrence of occurrences) {
    const verdict = judgeOccurrence(candidates, occurrence, overridden);
    verdicts.push(verdict);
    count += verdict.refusals.length;
    if (verdict.refusals.some(({ code }) => code === 'INVALID')) break;
    if (count >= MAX_BROKEN_RULES && !isComplete) break;
  }
  return verdicts;
}

function judgeOccurrence(
  candidates: readonly Candidate[],
  occurrence: Occurrence,
  overridden: ReadonlySet<OverridableRule>,
): OccurrenceVerdict {
  const verdict: OccurrenceVerdict = { refusals: [], overridden: [] };
  const broken = new Set<OverridableRule>();
  for (const { wanted, resource, context } of candidates) {
    const found = judge(occurrence, context, overridden);
    for (const one of found.refusals) {
      const isOwn = resource !== undefined && isOwnRule(one, resource);
      if (wanted.position === null) {
        verdict.refusals.push(isOwn ? { ...one, resourceId: resource.id } : one);
      } else if (one.code !== 'INVALID' && (isOwn || !isReported(one, verdict.refusals))) {
        const field = fieldOfWanted(wanted, []);
        verdict.refusals.push({ ...one, field, resourceId: wanted.resourceId });
      }
    }
    for (const rule of found.overridden) broken.add(rule);
    const { bufferBeforeMinutes, bufferAfterMinutes } = context.rules;
    if (overridden.has('BUFFERS') && bufferBeforeMinutes + bufferAfterMinutes > 0) broken.add('BUFFERS');
  }
  verdict.overridden = [...broken];
  return verdict;
}

/** The tenant's rules, which several resources share, are reported once. */
const isReported = (one: Refusal, refusals: readonly Refusal[]): boolean =>
  refusals.some(({ key, resourceId }) => key === one.key && resourceId === undefined);

/** Whether the resource has the rule itself, in place of the tenant's. */
function isOwnRule({ code, key }: Refusal, { rules }: BookableResource): boolean {
  switch (code) {
    case 'RESOURCE_UNAVAILABLE':
      return true;
    case 'NOT_ON_INTERVAL':
      return rules.bookingInterval !== null;
    case 'TOO_SHORT_NOTICE':
      return rules.minimumNoticeMinutes !== null;
    case 'TOO_FAR_IN_ADVANCE':
      return rules.advanceBookingDays !== null;
    case 'DURATION_NOT_ALLOWED':
      return (key === 'booking.tooShort' ? rules.minDurationMinutes : rules.maxDurationMinutes) !== null;
    default:
      return false;
  }
}
