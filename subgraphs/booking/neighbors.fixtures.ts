/** The resource and the user subgraph in a history: their entities change, they go away and come back, and remember all of it. */
import { MAX_CACHED_MS } from '@libs/directory/entityCache';
import type { DirectoryListener } from '@libs/directory/directoryChanges';
import { unavailable } from '@libs/outcome/apiErrors';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExampleDirectory } from './booking.fixtures.ts';
import type { Member } from './directory/bookingDirectory.ts';
import type { BookableResource } from './directory/resourceSource.ts';

/** Each reading is later than the one before, so that times order everything that happens. */
export function virtualClock() {
  let ms = 0;
  return {
    nowMs: () => (ms += 0.001),
    advance(byMs: number) {
      ms += byMs;
    },
  };
}
export type VirtualClock = ReturnType<typeof virtualClock>;

/** `receivedAtMs`: when the booking subgraph was first told of it, or that it may have missed something. */
export type Change = { id: string; committedAtMs: number; receivedAtMs: number | null };
/** `entity` as it was between two changes. */
export type Version<T> = { entity: T; since: Change | null; until: Change | null };
export type Absence = { owner: 'resource' | 'user'; fromMs: number; untilMs: number | null };

/** How long an owner takes to read an entity, and then to answer. */
const MAX_OWNER_MS = 5;
/** Some answers arrive after announcements of later changes, also where those take long. */
const MAX_LATE_MS = 200;
const LATE_PROBABILITY = 0.2;

export type Neighbors = ReturnType<typeof neighbors>;

/** `directory` has the entities as they are now. */
export function neighbors(directory: ExampleDirectory, clock: VirtualClock, chance: () => number) {
  const resources = new Map<string, Version<BookableResource>[]>();
  const members = new Map<string, Version<Member>[]>();
  const changes: Change[] = [];
  const absences: Absence[] = [];
  let answers = 0;

  const absenceOf = (owner: Absence['owner']) =>
    absences.find((absence) => absence.owner === owner && absence.untilMs === null);
  const takeTime = () => pause(chance() * (chance() < LATE_PROBABILITY ? MAX_LATE_MS : MAX_OWNER_MS));

  const loaderOf =
    <T>(owner: Absence['owner'], entities: ReadonlyMap<string, T>) =>
    async (ids: readonly string[]): Promise<(T | undefined)[]> => {
      await takeTime();
      const answer = ids.map((id) => entities.get(id));
      const isAway = absenceOf(owner) !== undefined;
      await takeTime();
      if (isAway || absenceOf(owner)) throw unavailable();
      answers += 1;
      return answer;
    };

  function store<T extends { id: string }>(
    entities: Map<string, T>,
    versions: Map<string, Version<T>[]>,
    entity: T,
    change: Change,
  ): void {
    const known = versions.get(entity.id) ?? [{ entity: entities.get(entity.id)!, since: null, until: null }];
    known.at(-1)!.until = change;
    versions.set(entity.id, [...known, { entity, since: change, until: null }]);
    entities.set(entity.id, entity);
  }

  /** Commits a change of `id`. */
  function changeOf(id: string): Change {
    const change = { id, committedAtMs: clock.nowMs(), receivedAtMs: null };
    changes.push(change);
    return change;
  }

  const received = (isMeant: (change: Change) => boolean): void => {
    const now = clock.nowMs();
    for (const change of changes) if (isMeant(change)) change.receivedAtMs ??= now;
  };

  return {
    changes: changes as readonly Change[],
    absences: absences as readonly Absence[],
    /** How often both owners have answered so far. */
    answers: () => answers,
    /** The owner that is away. */
    away: () => absences.find(({ untilMs }) => untilMs === null)?.owner,
    sources: {
      tenant: directory.tenant,
      resources: loaderOf('resource', directory.resourceById),
      members: loaderOf('user', directory.memberById),
      categories: directory.categories,
      categoryResources: directory.categoryResources,
    },
    changeResource(next: BookableResource): void {
      store(directory.resourceById, resources, next, changeOf(next.id));
    },
    changeMember(next: Member): void {
      store(directory.memberById, members, next, changeOf(next.id));
    },
    changeCategory(category: BookableResource['category']): void {
      const change = changeOf(category.id);
      for (const resource of directory.resourceById.values())
        if (resource.category.id === category.id)
          store(directory.resourceById, resources, { ...resource, category }, change);
    },
    /** Away if it was there, and back if it was away. */
    toggle(owner: Absence['owner']): void {
      const absence = absenceOf(owner);
      if (absence) absence.untilMs = clock.nowMs();
      else absences.push({ owner, fromMs: clock.nowMs(), untilMs: null });
    },
    /** Notes what `listener` was told. */
    noting: (listener: DirectoryListener): DirectoryListener => ({
      onChange(id) {
        listener.onChange(id);
        received((change) => change.id === id);
      },
      onGap() {
        listener.onGap();
        received(() => true);
      },
    }),
    versionsOfResource: (id: string): readonly Version<BookableResource>[] =>
      resources.get(id) ?? [{ entity: directory.resourceById.get(id)!, since: null, until: null }],
    versionsOfMember: (id: string): readonly Version<Member>[] =>
      members.get(id) ?? [{ entity: directory.memberById.get(id)!, since: null, until: null }],
  };
}

/** Seconds of the local day. */
type LocalSpan = { start: number; end: number };
export type NotedBooking = {
  resourceId: string;
  userId: string;
  local: LocalSpan;
  beganAtMs: number;
  endedAtMs: number;
  result: 'done' | 'refused' | 'unavailable';
  /** Codes of refusals. */
  codes: readonly string[];
};

/** Whether a booking may still be decided by a version of an entity. */
function mayKnow({ since, until }: Version<unknown>, { beganAtMs, endedAtMs }: NotedBooking): boolean {
  if (since && since.committedAtMs > endedAtMs) return false;
  if (!until) return true;
  const obeyedFromMs = Math.min(
    until.committedAtMs + MAX_CACHED_MS,
    until.receivedAtMs ?? Number.POSITIVE_INFINITY,
  );
  return beganAtMs <= obeyedFromMs;
}

function resourceCodes(resource: BookableResource, { local }: NotedBooking): string[] {
  const { isActive, category, availabilitySchedule: schedule } = resource;
  const isOpen = schedule?.some(({ start, end }) => start <= local.start && local.end <= end) ?? true;
  return [
    ...(isActive && category.isActive ? [] : ['INACTIVE']),
    ...(isOpen ? [] : ['RESOURCE_UNAVAILABLE']),
  ];
}

const memberCodes = ({ isActive, permissions }: Member): string[] =>
  isActive && permissions.canBook ? [] : ['USER_CANNOT_BOOK'];

/**
 * Empty if each booking was decided by what its resource and its user were at most MAX_CACHED_MS before it began, and no longer than
 * until their change was received; and if none was decided by an owner that is away.
 */
export function neighborViolations(
  { absences, versionsOfResource, versionsOfMember }: Neighbors,
  bookings: readonly NotedBooking[],
): string[] {
  const violations: string[] = [];
  for (const booking of bookings) {
    const { resourceId, userId, beganAtMs, endedAtMs, result, codes } = booking;
    const what = `booking at ${beganAtMs} (${result} ${codes.join()})`;
    const duringOf = (absence: Absence) => absence.untilMs ?? Number.POSITIVE_INFINITY;
    if (result === 'unavailable') {
      if (!absences.some((absence) => absence.fromMs <= endedAtMs && beganAtMs <= duringOf(absence)))
        violations.push(`${what}: every owner was there`);
      continue;
    }
    for (const absence of absences) {
      if (beganAtMs > absence.fromMs + MAX_CACHED_MS && endedAtMs < duringOf(absence))
        violations.push(`${what}: ${absence.owner} was away since ${absence.fromMs}`);
    }
    const sees = (expected: readonly string[], possible: readonly string[]) =>
      possible.every((code) => expected.includes(code) === codes.includes(code));
    const resources = versionsOfResource(resourceId).filter((version) => mayKnow(version, booking));
    if (
      !resources.some(({ entity }) =>
        sees(resourceCodes(entity, booking), ['INACTIVE', 'RESOURCE_UNAVAILABLE']),
      )
    )
      violations.push(`${what}: its resource was ${JSON.stringify(resources)}`);
    const members = versionsOfMember(userId).filter((version) => mayKnow(version, booking));
    if (!members.some(({ entity }) => sees(memberCodes(entity), ['USER_CANNOT_BOOK'])))
      violations.push(`${what}: its user was ${JSON.stringify(members)}`);
  }
  return violations;
}
